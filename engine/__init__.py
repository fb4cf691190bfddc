"""The RunEngine: executes plans, emits documents. Knows no control system.

Where things live, from the outside in:

face/          what people hold: RunEngine, the blocking calls, Ctrl-C; where their threads meet the engine's
engine         the loop: advance the plan → execute → reply; obeying: pause, suspend, go on, end
heir           takes over from a core whose thread is blocked, and ends its plan
excuses        failures that are waited out; listening: what is asked, while something is waited for
interruptions  what is asked of a plan, and the one rule that says what comes next; holds: who holds it, and why
skipping       the point that is given up
states         the states and what may follow what
plan_stack     the plan's generators; checkpoint: what to repeat; suspension: what happens while it is held
commands/      what each message does; wait_groups, touched: what they started, what they moved
runs/          what becomes a document; dispatcher: who gets it; recording: who gets it first, and keeps it
plans/         plans, stubs, preprocessors
"""

from .dispatcher import Dispatcher as Dispatcher
from .errors import DocumentInvalid as DocumentInvalid
from .errors import FailedPause as FailedPause
from .errors import FailedStatus as FailedStatus
from .errors import IllegalMessageSequence as IllegalMessageSequence
from .errors import InvalidCommand as InvalidCommand
from .errors import MalformedMessage as MalformedMessage
from .errors import NoReplayAllowed as NoReplayAllowed
from .errors import PlanHalt as PlanHalt
from .errors import PlanInterruption as PlanInterruption
from .errors import RampFail as RampFail
from .errors import RequestAbort as RequestAbort
from .errors import RequestStop as RequestStop
from .errors import RunEngineControlException as RunEngineControlException
from .errors import RunEngineInterrupted as RunEngineInterrupted
from .errors import TransitionError as TransitionError
from .errors import UnknownDocument as UnknownDocument
from .errors import UnknownSuspender as UnknownSuspender
from .errors import UnsupportedDevice as UnsupportedDevice
from .errors import WaitForTimeoutError as WaitForTimeoutError
from .excuses import DeviceFailure as DeviceFailure
from .face import DuringTask as DuringTask
from .face import PauseOnCtrlC as PauseOnCtrlC
from .face import RunEngine as RunEngine
from .holds import Hold as Hold
from .holds import Scope as Scope
from .interruptions import Ask as Ask
from .messages import Msg as Msg
from .recording import Recorder as Recorder
from .results import Outcome as Outcome
from .results import RunEngineResult as RunEngineResult
from .results import RunResult as RunResult
from .runs import RunBundler as RunBundler
from .skipping import PointSkipped as PointSkipped
from .states import TRANSITIONS as TRANSITIONS
from .states import State as State
from .states import StateChange as StateChange
