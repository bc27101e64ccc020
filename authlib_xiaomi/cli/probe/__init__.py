"""``authlib-xiaomi probe``: what the service really does, point by point.

``points`` is the table, ``steps`` and ``session`` send the requests of ``service``, ``facts`` says
what may be said of an answer, ``report`` is what comes of it.
"""
