"""What a sign-in with Xiaomi costs: authlib_xiaomi beside plain Authlib and beside code by hand.

``python -m benchmarks`` (``make bench``) measures all of them in one run, and prints a table of
figures, with how authlib_xiaomi compares and whether the targets are met. The exit status is 1
where one is missed. ``--quick`` is a smoke test: small numbers, and no verdict.

The contenders, on Flask, Starlette and Django, are in :mod:`benchmarks.sites`:

- plain Authlib, with the least code that signs in with Xiaomi;
- "Authlib, kept": the same, with connections that outlive Authlib's clients;
- ``authlib_xiaomi``;
- by hand: one ``requests.Session`` or httpx ``AsyncClient`` for the whole application, and the
  checks of a careful author: the state, an error in the callback, in the token and in the profile.

They take turns, round by round, so that whatever else the machine does meets all alike. A figure is
the mean of the better three quarters of the rounds, and ± is half the distance between the lowest
and the highest of these. Figures of different machines cannot be compared; ratios of one run can.

The sites run in a process of their own for each framework and metric; Xiaomi
(:mod:`benchmarks.stand_in`) and the network (:mod:`benchmarks.network`) run in others, so that
their cost does not count. Requests go over TLS. Every site trusts certifi's certificates and the
stand-in's: to read that bundle is what most of a new TLS context costs. (Where OpenSSL is given a
directory in place of a file, by ``SSL_CERT_DIR``, it reads almost nothing, and plain Authlib is
several times as fast as it is here.)

The metrics:

``cpu``
    CPU time of the application's process, user and system: for a whole sign-in, which is the
    redirect to Xiaomi and the callback with token and user; and for a page that reads the profile
    with a stored token.
``round_trips``
    How long the user waits for the callback, and for such a page, on a network with a round trip
    of 60 ms: all the time that passes, CPU time included, in round trips. The handshake of TCP is
    one, that of TLS 1.3 another, and each request one more. It is not the process's first sign-in:
    that one, and the first after 30 idle seconds, has connections to open.
``connections``
    New connections to Xiaomi for each of them, after the process's first, counted by Xiaomi.
``throughput``
    Sign-ins per second of one process with 1, 8 and 64 users at once: threads on Flask and Django,
    tasks on Starlette. There is no network delay, so that the processor is the limit; and how busy
    the stand-in's was, to show that it is not.
``burst``
    500 ``userinfo()`` at once on one client, and 20 at once: CPU time of each call, and how many
    connections are opened, in threads and in asyncio. Xiaomi takes 200 ms to answer.
``memory``
    What a process occupies that has served one contender alone.
``growth``
    Of authlib_xiaomi over many sign-ins and refreshes: memory, open files and locks in the second
    half, and CPU time beside that of sign-ins by hand between them. There is no TLS, which takes
    time and changes nothing.
``imports``
    Milliseconds to import the site, with its framework, in a fresh interpreter.
"""
