"""The beamline's devices: specs, loading, connecting, the registry.

Importing this loads no Channel Access, so that the search addresses can be set afterwards.
Our own ophyd devices are named by module, like any other class: `reioc.devices.point_detector.PointDetector`.
"""

from .connect import ConnectionFailed as ConnectionFailed
from .connect import connect_all as connect_all
from .loader import DeviceLoadError as DeviceLoadError
from .loader import load_device as load_device
from .registry import DevicesNotConnected as DevicesNotConnected
from .registry import DevicesNotLoaded as DevicesNotLoaded
from .registry import Registry as Registry
from .registry import UnknownDevice as UnknownDevice
from .rest import let_ophyd_rest as let_ophyd_rest
from .spec import DeviceSpec as DeviceSpec
