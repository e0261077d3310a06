import threading
import time

import pytest

from koa_desktop.gui.session.task_runner import Queue, ThreadedTaskRunner


@pytest.fixture
def runner(app):
    made = ThreadedTaskRunner()
    yield made
    made.close()


def test_results_come_back_on_the_windows_thread(runner, wait_until):
    seen = []
    here = threading.get_ident()
    runner.submit(
        Queue.FILES,
        threading.get_ident,
        lambda future: seen.append((future.result(), threading.get_ident())),
    )
    wait_until(lambda: seen)
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_an_error_is_handed_over_with_its_future(runner, wait_until):
    seen = []
    runner.submit(Queue.FILES, lambda: 1 / 0, lambda future: seen.append(future.exception()))
    wait_until(lambda: seen)
    assert isinstance(seen[0], ZeroDivisionError)


def test_a_lane_keeps_its_order(runner, wait_until):
    seen = []
    for number in range(20):
        runner.submit(Queue.READER, lambda n=number: n, lambda future: seen.append(future.result()))
    wait_until(lambda: len(seen) == 20)
    assert seen == list(range(20))


def test_lanes_do_not_wait_for_each_other(runner, wait_until):
    gate, seen = threading.Event(), []
    runner.submit(Queue.FILES, gate.wait, lambda future: seen.append("files"))
    runner.submit(Queue.READER, lambda: None, lambda future: seen.append("reader"))
    wait_until(lambda: seen == ["reader"])
    gate.set()
    wait_until(lambda: seen == ["reader", "files"])


def test_forgotten_work_is_never_told_of(runner, wait_until):
    gate, started, seen = threading.Event(), threading.Event(), []

    def hold():
        started.set()
        gate.wait()

    runner.submit(Queue.FILES, hold, lambda future: seen.append("first"))
    started.wait(5)
    waiting = runner.submit(Queue.FILES, lambda: None, lambda future: seen.append("second"))
    runner.forget(Queue.FILES)
    gate.set()
    runner.submit(Queue.FILES, lambda: None, lambda future: seen.append("third"))
    wait_until(lambda: "third" in seen)
    assert waiting.cancelled()
    assert seen == ["first", "third"]


def test_closing_does_not_wait_for_work_that_hangs(app):
    gate, running = threading.Event(), threading.Event()

    def hang():
        running.set()
        gate.wait()

    runner = ThreadedTaskRunner()
    runner.submit(Queue.FILES, hang, lambda future: None)
    running.wait(5)
    started = time.monotonic()
    assert not runner.close(0.2)
    assert time.monotonic() - started < 2
    gate.set()


def test_closing_saves_what_the_reader_did(app):
    runner, done = ThreadedTaskRunner(), []
    for number in range(5):
        runner.submit(
            Queue.STORE, lambda n=number: (time.sleep(0.01), done.append(n)), lambda future: None
        )
    assert runner.close(5.0)
    assert done == [0, 1, 2, 3, 4]


def test_saving_waits_for_no_film(app):
    gate, running, done = threading.Event(), threading.Event(), []

    def read():
        running.set()
        gate.wait()

    runner = ThreadedTaskRunner()
    for queue in (Queue.FILES, Queue.READER, Queue.EXPORT, Queue.UNNOTICED):
        running.clear()
        runner.submit(queue, read, lambda future: None)
        running.wait(5)
    runner.submit(Queue.STORE, lambda: done.append("saved"), lambda future: None)
    runner.submit(Queue.READER, lambda: done.append("graded"), lambda future: None)
    assert not runner.close(0.2)
    assert done == ["saved"]
    gate.set()


def test_finished_work_has_been_handed_back(runner):
    seen = []
    for number in range(5):
        runner.submit(Queue.STORE, lambda n=number: n, lambda future: seen.append(future.result()))
    runner.finish(Queue.STORE, 5.0)
    assert seen == [0, 1, 2, 3, 4]
