"""Where runs are executed: on this machine, or on a Dask cluster; both are an `Executor`."""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

_LONGEST_GREETING = 20  # seconds until a scheduler that doesn't answer is given up


@contextlib.contextmanager
def open_processes(workers: int) -> Iterator[Executor]:
    """So many runs at once on this machine.

    A run is a process of its own already, which a thread starts and watches; so if one is lost, it is one run's.
    """
    executor = ThreadPoolExecutor(workers, thread_name_prefix="run")
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def open_cluster(address: str, tell: Callable[[str], None]) -> Iterator[Executor]:
    """As many runs at once as the cluster's workers have threads; they need this package and the same folders.

    A cluster without workers is told of, since runs wait until it has one, as they may on a cluster that grows.

    Raises ImportError without Dask, and OSError if no scheduler answers.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        sentence = 'a Dask cluster needs the package distributed: pip install "nst-helpers[classroom]"'
        raise ImportError(sentence) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions that differ in what isn't used here
        try:
            client = Client(address, timeout=_LONGEST_GREETING, set_as_default=False)
        except (OSError, ValueError) as error:
            raise OSError(f"no Dask scheduler answers at {address} ({error}): start dask scheduler there.") from None
    with client:
        if not client.scheduler_info()["workers"]:
            tell(f"the cluster at {address} has no workers: the runs wait until it has, as by dask worker {address}")
        # No retries: a run that fails has failed. One whose worker is lost is given to another by the scheduler.
        executor = client.get_executor(pure=False, retries=0)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
