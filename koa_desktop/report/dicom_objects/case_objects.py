"""The DICOM objects of one case, as files; its film is looked up once for all of them."""

from __future__ import annotations

from functools import cached_property
from threading import Event

from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.reader import source_elements
from koa_desktop.report.dicom_objects.saving import file_bytes
from koa_desktop.report.dicom_objects.source import Source
from koa_desktop.report.dicom_objects.structured_report import structured_report
from koa_desktop.report.options import ReportOptions


class CaseObjects:
    """Makes the objects of one case, each with the same patient, study and film."""

    def __init__(
        self,
        examination: Examination,
        options: ReportOptions,
        stopped: Event | None = None,
        *,
        with_picture: bool = False,
    ) -> None:
        """Make them as `options` name the patient; `with_picture` if there is a picture as well."""
        self._examination = examination
        self._options = options
        self._stopped = stopped
        self._with_picture = with_picture

    @cached_property
    def is_named(self) -> bool:
        """True where the objects have the patient's data."""
        return self._options.profile.names_patient

    @cached_property
    def source(self) -> Source:
        """The patient, study and film. Raises ReadError where the film's file cannot be read."""
        radiograph = self._examination.radiograph
        elements = source_elements(radiograph, self._stopped)
        if self.is_named:
            return Source.named(radiograph, elements)
        return Source.unnamed(elements, self._options.study_code)

    def structured_report(self) -> bytes:
        """Return the Comprehensive SR. Raises ReadError."""
        examination, options = self._examination, self._options
        institution = examination.radiograph.header.institution
        report = structured_report(
            examination,
            self.source,
            reader=(examination.reader or options.reader) if self.is_named else "",
            organisation=(options.clinic_name or institution) if self.is_named else "",
            with_picture=self._with_picture,
        )
        return file_bytes(report)
