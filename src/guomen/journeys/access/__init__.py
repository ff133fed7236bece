"""
Market access: who may trade what, and how that comes and goes.

``applying`` and ``moving`` carry a licence through its life, ``reviewing`` and ``campaigning``
look at sites, ``appealing`` lets the holder be heard; ``needs`` and ``precheck`` answer before
anything is lodged.
"""
