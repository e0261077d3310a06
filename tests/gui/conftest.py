"""The window's fixtures, for all tests in this folder."""

from tests.support.window_fixtures import *  # noqa: F403  # fixtures are found by name
from tests.translations.languages import *  # noqa: F403
