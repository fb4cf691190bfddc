"""What each message does."""

from .refusals import explained as explained
from .refusals import unknown as unknown
from .registry import COMMANDS as COMMANDS
from .registry import Command as Command
