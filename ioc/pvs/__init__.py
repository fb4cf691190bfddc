"""PVs: how they are declared, made, written, and put to."""

from .making import DONE as DONE
from .making import FAST as FAST
from .making import INVALID as INVALID
from .making import MAJOR as MAJOR
from .making import MINOR as MINOR
from .making import MONITOR as MONITOR
from .making import NO_ALARM as NO_ALARM
from .making import NO_YES as NO_YES
from .making import SLOW as SLOW
from .making import Guidance as Guidance
from .making import Kind as Kind
from .making import bool_display as bool_display
from .making import bool_setting as bool_setting
from .making import enum_display as enum_display
from .making import enum_setting as enum_setting
from .making import float_display as float_display
from .making import float_setting as float_setting
from .making import handled_by as handled_by
from .making import int_display as int_display
from .making import post as post
from .making import string_display as string_display
from .making import string_setting as string_setting
from .making import strings_display as strings_display
from .making import text_display as text_display
from .making import text_setting as text_setting
from .making import wave_display as wave_display
