# The habits of this project: `just RECIPE`, or the lines below a recipe's name by hand.

python := ".venv/bin/python"

# List the recipes
default:
    @just --list

# Make the virtual environment and install the commit hooks
setup:
    python3 -m venv .venv
    {{ python }} -m pip install -q -c requirements.lock -e '.[archive,bench,dev,training]'
    {{ python }} -m pre_commit install

# Run every test, or those named: just test tests/report
test *ARGS:
    {{ python }} -m pytest -n 2 {{ ARGS }}

# Run the tests that build and train nothing
fast *ARGS:
    {{ python }} -m pytest -m 'not slow' {{ ARGS }}

# Check style, format, types, import contract and spelling
lint:
    {{ python }} -m ruff check
    {{ python }} -m ruff format --check
    {{ python }} -m mypy
    .venv/bin/lint-imports
    .venv/bin/typos

# Bring the catalogues of all languages up to date, and list what is left to translate
translations:
    {{ python }} -m tests.translations.catalogue

# Take the pictures of README and guide, and draw the icon for Windows
shots:
    {{ python }} -m tests.screenshots.take_screenshots
    {{ python }} -m tests.screenshots.make_icon

# Measure speed; compare only what ran on one idle machine
bench:
    for file in tests/benchmarks/bench_*.py; do {{ python }} -m "tests.benchmarks.$(basename "$file" .py)" || exit 1; done

# Measure size, memory and speed of the packaged program and of its peers, in one table
figures:
    {{ python }} -m tests.benchmarks.measure_all

# Build the program that needs no Python, and start its self-test
package:
    {{ python }} -m PyInstaller --noconfirm build.spec
    dist/koa-desktop/koa-desktop self-test
