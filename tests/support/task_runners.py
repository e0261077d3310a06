"""Task runners without threads."""

from concurrent.futures import Future


class AtOnce:
    """Does work where it is asked for."""

    def submit(self, lane, task, on_done):
        future = Future()
        try:
            future.set_result(task())
        except Exception as error:
            future.set_exception(error)
        on_done(future)
        return future

    def forget(self, lane):
        pass

    def finish(self, lane, seconds):
        pass

    def close(self, seconds):
        return True


class Later(AtOnce):
    """Does work when it is told to."""

    def __init__(self):
        self.waiting = []

    def submit(self, lane, task, on_done):
        self.waiting.append((lane, task, on_done))
        return Future()

    def work(self):
        while self.waiting:
            super().submit(*self.waiting.pop(0))
