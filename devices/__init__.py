"""The beamline's devices: specs, loading, connecting, the registry.

Importing this loads no Channel Access, so that the search addresses can be set afterwards.
Our own ophyd devices are named by module, like any other class: `reioc.devices.point_detector.PointDetector`.
"""

from .registry.connect import ConnectionFailed as ConnectionFailed
from .registry.connect import connect_all as connect_all
from .registry.loader import DeviceLoadError as DeviceLoadError
from .registry.loader import load_device as load_device
from .registry.registry import DevicesNotConnected as DevicesNotConnected
from .registry.registry import DevicesNotLoaded as DevicesNotLoaded
from .registry.registry import Registry as Registry
from .registry.registry import UnknownDevice as UnknownDevice
from .registry.spec import DeviceSpec as DeviceSpec
from .rest import let_ophyd_rest as let_ophyd_rest
