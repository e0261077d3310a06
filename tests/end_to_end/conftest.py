"""The fixtures of the window and of the recipe for archives, for all tests in this folder."""

from tests.end_to_end.archive_recipe import recipe, start
from tests.support.window_fixtures import *  # noqa: F403  # fixtures are found by name
