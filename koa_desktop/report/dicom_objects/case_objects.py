"""The DICOM objects of one case, as files; its film is looked up once for all of them."""

from __future__ import annotations

from functools import cached_property
from threading import Event

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.reader import source_elements
from koa_desktop.radiograph import Window
from koa_desktop.report.dicom_objects.encapsulated_pdf import encapsulated_pdf
from koa_desktop.report.dicom_objects.presentation_state import is_drawn_over, presentation_state
from koa_desktop.report.dicom_objects.saving import file_bytes
from koa_desktop.report.dicom_objects.secondary_capture import secondary_capture
from koa_desktop.report.dicom_objects.source import Source, person_name
from koa_desktop.report.dicom_objects.structured_report import structured_report
from koa_desktop.report.naming.fields import reader_name
from koa_desktop.report.options import Profile, ReportOptions


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
        if self.is_named:
            return Source.named(radiograph, source_elements(radiograph, self._stopped))
        is_coded = self._options.profile is Profile.PSEUDONYMOUS
        return Source.unnamed(self._options.study_code if is_coded else "")

    @property
    def _reader(self) -> str:
        return reader_name(self._examination, self._options.profile) if self.is_named else ""

    def structured_report(self) -> bytes:
        """Return the Comprehensive SR. Raises ReadError."""
        examination, options = self._examination, self._options
        institution = examination.radiograph.header.institution
        report = structured_report(
            examination,
            self.source,
            reader=self._reader,
            organisation=(options.clinic_name or institution) if self.is_named else "",
            with_picture=self._with_picture,
        )
        return file_bytes(report)

    def secondary_capture(self, picture: NDArray[np.uint8]) -> bytes:
        """Return an annotated film RGB (H, W, 3) uint8 as an image. Raises ReadError."""
        sides = [one.knee.side for one in self._examination.knees]
        return file_bytes(secondary_capture(picture, self.source, sides))

    def encapsulated_pdf(self, pdf: bytes, title: str) -> bytes:
        """Return a report as a document. Raises ReadError."""
        return file_bytes(encapsulated_pdf(pdf, title, self.source, is_named=self.is_named))

    def presentation_state(self, window: Window, name: str) -> bytes:
        """Return boxes and margins over the film, in the file `name`.

        Raises ReadError, and ExportError where there is no film in an archive to lay them over.
        """
        if not is_drawn_over(self.source):
            raise ExportError(ExportReason.NO_FILM_BELOW, name=name)
        reader = person_name(self._reader)
        return file_bytes(presentation_state(self._examination, window, self.source, reader=reader))
