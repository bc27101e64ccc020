"""What a sign-in costs: authlib_xiaomi beside plain Authlib and beside hand-written code.

``python -m benchmarks`` (``make bench``) measures the three in one run and prints a table of
figures, of ratios to plain Authlib, and of the targets with whether they are met. The exit status
is 1 where one is missed. ``--quick`` is a smoke test: small counts, and no verdict.

The contenders, on Flask, Starlette and Django, are in :mod:`benchmarks.sites`:

- ``authlib_xiaomi``;
- plain Authlib, with the least code that works with Xiaomi;
- by hand: requests or httpx as most applications call them, without a client that is kept.

All take turns, round by round, so that what else the machine does meets all alike; a figure is
the median of the rounds, and a ratio the median of each round's ratio. The sites run in a process
of their own for each framework and metric; Xiaomi (:mod:`benchmarks.stand_in`) and the network
(:mod:`benchmarks.network`) in others, so that none of their cost counts. Requests go over TLS, and
everyone trusts certifi's certificates and the stand-in's: to read that bundle is what a TLS context
costs. (Where OpenSSL is given a directory in place of a file, by ``SSL_CERT_DIR``, it reads almost
nothing, and plain Authlib is several times as fast as it is here.)

The metrics:

``cpu``
    CPU time of the application's process, user and system, for a whole sign-in: the login's
    redirect, and the callback with token and user.
``round_trips``
    How long the user waits for the callback under a network with a round trip of 60 ms, in round
    trips: all of the time that passes, what the processors do included, divided by 60 ms. It is
    the strict reading; "network's share" is the same less what passes without the network. TCP's
    handshake is a round trip, that of TLS 1.3 another, each request one more. It is a sign-in
    after the process's first: the first, and one after 30 idle seconds, has connections to make.
``connections``
    New connections to Xiaomi per sign-in after the process's first, counted by Xiaomi; and TLS
    contexts that are made, by the login alone and by a whole sign-in.
``throughput``
    Sign-ins per second of one process with 32 users at once: threads on Flask and Django, tasks
    on Starlette. No network's delay, so that the processor is what limits.
``memory``
    What the process occupies after 2,000 and after 20,000 sign-ins, the plugin's alone. No TLS,
    as it makes no difference but takes longer.
``imports``
    Seconds to import the module that an application imports, in a fresh interpreter.
"""
