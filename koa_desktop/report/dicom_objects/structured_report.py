"""The structured report of an examination: Comprehensive SR by TID 1500, a group for each knee.

The reader's grade is the knee's grade where there is one; the model's stands beside it, with the
algorithm that gave it (TID 4019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from highdicom import sr
from highdicom.sr import CodedConcept
from pydicom import Dataset
from pydicom.sr.coding import Code

from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.radiograph import Side
from koa_desktop.report import provenance, words
from koa_desktop.report.dicom_objects import codes
from koa_desktop.report.dicom_objects.measured import frames, joint_space, modify, rulers
from koa_desktop.report.dicom_objects.source import Source, derived_uid, person_name
from koa_desktop.wording.sentences import english

MODALITY, SERIES_NUMBER = "SR", 9901
SERIES_DESCRIPTION = "KOA Desktop: structured report"
_SIDE_NAMES = {Side.RIGHT: "Right knee", Side.LEFT: "Left knee", None: "Knee, side unknown"}
_NO_ORGANISATION = "not stated"


def structured_report(
    examination: Examination,
    source: Source,
    *,
    reader: str = "",
    organisation: str = "",
    with_picture: bool = False,
) -> Dataset:
    """Return the Comprehensive SR of an examination (PS3.3 A.35.3).

    `reader` is named; who signed the reading verified the report. `with_picture` lets a film that
    is not in the archive be referred to by its annotated picture.
    """
    image = source.study if source.is_in_archive else None
    if image is None and with_picture:
        image = source.picture()
    name = person_name(reader)
    (content,) = sr.MeasurementReport(
        observation_context=_observers(name, organisation),
        procedure_reported=codes.PLAIN_RADIOGRAPHY,
        imaging_measurements=_groups(examination, source, image),
    )
    items = content.ContentSequence
    # highdicom copies and searches what it is given, which takes longer than to make it.
    content.ContentSequence = items[:1]
    signature = examination.sign_off.signature if name else None
    report: Dataset = sr.ComprehensiveSR(
        evidence=[source.study if image is None else image],
        content=content,
        is_complete=True,
        is_verified=signature is not None,
        is_final=examination.sign_off.is_final,
        verifying_observer_name=person_name(signature.reader) or name if signature else None,
        verifying_organization=(organisation or _NO_ORGANISATION) if signature else None,
        coding_schemes=[codes.scheme_identification()],
        **source.identification(MODALITY, SERIES_NUMBER, SERIES_DESCRIPTION),
    )
    report.ContentSequence = items
    if signature is not None:
        signed_at = datetime.fromisoformat(signature.at).astimezone(UTC)
        (observer,) = report.VerifyingObserverSequence
        observer.VerificationDateTime = f"{signed_at:%Y%m%d%H%M%S}+0000"
    if image is None and "CurrentRequestedProcedureEvidenceSequence" in report:
        # There is no image that a reader of this report could ask for.
        del report.CurrentRequestedProcedureEvidenceSequence
    return report


def _observers(reader: str, organisation: str) -> sr.ObservationContext:
    device = sr.ObserverContext(
        observer_type=sr.CodedConcept("121007", "DCM", "Device"),
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=derived_uid("device", provenance.program()),
            name=provenance.program(),
            manufacturer_name=provenance.PROGRAM,
            model_name=provenance.PROGRAM,
        ),
    )
    if not reader:
        return sr.ObservationContext(observer_device_context=device)
    person = sr.ObserverContext(
        observer_type=sr.CodedConcept("121006", "DCM", "Person"),
        observer_identifying_attributes=sr.PersonObserverIdentifyingAttributes(
            name=reader, organization_name=organisation or None
        ),
    )
    return sr.ObservationContext(observer_person_context=person, observer_device_context=device)


def _groups(
    examination: Examination, source: Source, image: Dataset | None
) -> list[sr.MeasurementsAndQualitativeEvaluations]:
    seen: dict[str, int] = {}
    groups = []
    for examined in examination.knees:
        name = _SIDE_NAMES[examined.knee.side]
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        groups.append(_knee_group(examination, examined, name, source, image))
    groups.append(_film_group(examination, source, image))
    return groups


def _knee_group(
    examination: Examination,
    examined: ExaminedKnee,
    name: str,
    source: Source,
    image: Dataset | None,
) -> sr.MeasurementsAndQualitativeEvaluations:
    model = _algorithm(examination)
    group = _group(
        name,
        source,
        image,
        side=examined.knee.side,
        measurements=[
            *_probabilities(examined, model),
            *joint_space(examination, examined.joint_space, _measured(source)),
        ],
        evaluations=list(_evaluations(examined, model, _final_algorithm(examination))),
    )
    finding = examined.finding
    for concept, text in (
        *((codes.FLAG, english(flag)) for flag in finding.flags),
        (codes.REFUSAL, english(finding.refusal)),
        (codes.COMMENT, examined.comment.strip()),
    ):
        _add_text(group, concept, text)
    return group


def _film_group(
    examination: Examination, source: Source, image: Dataset | None
) -> sr.MeasurementsAndQualitativeEvaluations:
    """Return the group of the whole film: rulers, paragraphs, or why there is no knee."""
    decision = None if examination.knees else examination.decision
    group = _group(
        "Film",
        source,
        image,
        measurements=list(rulers(examination, _measured(source))),
        evaluations=list(_decided(decision)),
    )
    refusal = None if examination.knees else examination.refusal
    for concept, text in (
        (codes.REFUSAL, english(refusal)),
        (codes.FINDINGS, words.findings(examination)),
        (codes.IMPRESSION, words.impression(examination)),
        (codes.COMMENT, examination.comment),
        *((codes.ADDENDUM, f"{one.at}: {one.text}") for one in examination.sign_off.addenda),
    ):
        _add_text(group, concept, text.strip())
    return group


def _measured(source: Source) -> Dataset | None:
    """Return the film on which places can be named; the annotated picture has other pixels."""
    return source.study if source.is_in_archive else None


def _decided(decision: Decision | None) -> Iterator[sr.QualitativeEvaluation]:
    if decision is None:
        return
    yield sr.QualitativeEvaluation(codes.DECISION, codes.DECISIONS[decision.choice])
    if decision.obstacle is not None:
        yield sr.QualitativeEvaluation(codes.OBSTACLE, codes.OBSTACLES[decision.obstacle])


def _group(
    name: str,
    source: Source,
    image: Dataset | None,
    *,
    side: Side | None = None,
    measurements: Sequence[sr.Measurement],
    evaluations: Sequence[sr.QualitativeEvaluation],
) -> sr.MeasurementsAndQualitativeEvaluations:
    site = sr.FindingSite(codes.KNEE_JOINT, laterality=codes.SIDES.get(side) if side else None)
    images = [
        sr.SourceImageForMeasurementGroup(one.SOPClassUID, one.SOPInstanceUID, frames(one))
        for one in ([image] if image is not None else [])
    ]
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(_tracking_uid(source, name), name),
        finding_sites=[site],
        measurements=measurements,
        qualitative_evaluations=evaluations,
        source_images=images,
    )


def _tracking_uid(source: Source, name: str) -> str:
    """Return the UID that tracks a knee over a patient's films, or one film without a patient."""
    study = source.study
    issuer = str(study.get("IssuerOfPatientID", ""))
    if study.PatientID and "PatientIdentityRemoved" not in study:
        return derived_uid("knee", issuer, str(study.PatientID), name)
    return derived_uid("knee of film", str(study.SOPInstanceUID), name)


def _algorithm(examination: Examination) -> sr.AlgorithmIdentification:
    return _named_algorithm(examination.model, examination.model_sha256)


def _final_algorithm(examination: Examination) -> sr.AlgorithmIdentification:
    """Return the model that gave what the reader did not: of a final reading the one signed on."""
    signature = examination.sign_off.signature
    if signature is None or signature.model == examination.model:
        return _algorithm(examination)
    return _named_algorithm(signature.model, "")


def _named_algorithm(model: str, digest: str) -> sr.AlgorithmIdentification:
    name, _, version = model.rpartition(" ")
    return sr.AlgorithmIdentification(
        name or model or "none",
        version or "unknown",
        parameters=[f"sha256 {digest}"] if digest else None,
        manufacturer=provenance.PROGRAM,
    )


def _evaluations(
    examined: ExaminedKnee,
    model: sr.AlgorithmIdentification,
    final_model: sr.AlgorithmIdentification,
) -> Iterator[sr.QualitativeEvaluation]:
    final, finding = examined.final_grade, examined.finding
    if final is not None:
        yield _by_model(
            sr.QualitativeEvaluation(codes.KL_GRADE, codes.KL_GRADES[final]),
            final_model if examined.reader_grade is None else None,
        )
    if finding.grade is not None:
        grade = codes.KL_GRADES[finding.grade]
        yield _by_model(sr.QualitativeEvaluation(codes.KL_GRADE_MODEL, grade), model)
    if finding.prediction_set is not None:
        for concept, end in zip(
            (codes.KL_SET_LOW, codes.KL_SET_HIGH), finding.prediction_set, strict=True
        ):
            yield sr.QualitativeEvaluation(concept, codes.KL_GRADES[end])
    yield from _decided(examined.decision)
    yield from _oarsi(examined, model, final_model)


def _oarsi(
    examined: ExaminedKnee,
    model: sr.AlgorithmIdentification,
    final_model: sr.AlgorithmIdentification,
) -> Iterator[sr.QualitativeEvaluation]:
    final = examined.oarsi_grades
    by_reader = dict(examined.reader_readings)
    by_model = {one.name: one.grade for one in examined.finding.readings}
    for name in OARSI_NAMES:
        if name in final:
            grade = codes.OARSI_GRADES[final[name]]
            yield _by_model(
                sr.QualitativeEvaluation(codes.OARSI[name], grade),
                None if name in by_reader else final_model,
            )
        if name in by_model:
            grade = codes.OARSI_GRADES[by_model[name]]
            yield _by_model(sr.QualitativeEvaluation(codes.OARSI_MODEL[name], grade), model)


def _by_model(
    evaluation: sr.QualitativeEvaluation, model: sr.AlgorithmIdentification | None
) -> sr.QualitativeEvaluation:
    """Return an evaluation with the algorithm that made it; None was the reader."""
    if model is not None:
        evaluation[0].ContentSequence = sr.ContentSequence(model)
    return evaluation


def _probabilities(
    examined: ExaminedKnee, model: sr.AlgorithmIdentification
) -> Iterator[sr.Measurement]:
    for grade, share in zip(codes.KL_GRADES, examined.finding.probability, strict=False):
        one = sr.Measurement(
            codes.PROBABILITY, round(float(share), 6), codes.SHARE, algorithm_id=model
        )
        modify(one, codes.KL_GRADE_MODEL, grade)
        yield one


def _add_text(group: sr.MeasurementsAndQualitativeEvaluations, concept: Code, text: str) -> None:
    if text:
        item = sr.TextContentItem(
            CodedConcept.from_code(concept), text, sr.RelationshipTypeValues.CONTAINS
        )
        group[0].ContentSequence.append(item)
