"""The pure core: values and decisions. It imports no HTTP library and no framework."""

import logging

#: The log of the package.
log = logging.getLogger("authlib_xiaomi")
