"""What people hold: the engine's face, and the threads that meet there."""

from .during_task import DuringTask as DuringTask
from .keyboard import PauseOnCtrlC as PauseOnCtrlC
from .run_engine import RunEngine as RunEngine
