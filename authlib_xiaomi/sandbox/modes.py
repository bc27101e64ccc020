"""How the sandbox may behave, and how it does: as the live service, or as Xiaomi's documents.

Pure. :class:`Options` has every option with its type, :data:`TABLE` its value in each mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict, cast, get_args, get_origin, get_type_hints

from .invalid import InvalidValue

__all__ = [
    "MODES",
    "TABLE",
    "TYPES",
    "Mode",
    "Options",
    "behave",
    "choices",
    "mode",
]

Mode = Literal["live", "documents"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


class Options(TypedDict, total=False):
    """Each way in which Xiaomi's answers may differ; a keyword of ``Sandbox``.

    Where a source is named, it is one of those in ``docs/protocol.md``.
    """

    # Authorize
    #: Take ``skip_confirm`` in any case, and as ``1`` or ``0`` (live); else ``true``, ``false``.
    lenient_skip_confirm: bool
    #: What a request without ``scope`` asks for: all scopes of the app (live), or the profile.
    default_scope: Literal["all", "profile"]
    #: Take ``openid`` beside the numbers (doc 1835, live).
    openid: bool
    #: Ignore other words in ``scope``, as two live clients let one think; else 96007.
    ignore_scope_words: bool
    #: Take ``https`` where ``http`` is registered (tried); never the reverse.
    https_for_http: bool
    #: Take a callback whose query is not ASCII.
    non_ascii_query: bool
    #: How ``error`` says that the user declined: 96012, ``access_denied``, ``OA_ACCESS_DENIED``.
    declined: Literal["number", "word", "name"]
    #: Whether ``error_description`` comes with it.
    declined_description: bool
    #: Whether ``state`` comes with it.
    declined_state: bool
    #: Seconds that a code lives: five minutes (passport authorization-code), or ten (doc 1708).
    code_expires_in: int
    #: Whether a code works once.
    code_once: bool

    # Token endpoint
    #: The HTTP status of errors: 400 (tried), 200 (doc 1708).
    error_status: int
    #: The ``Content-Type`` of its answers.
    content_type: str
    #: Other texts for Xiaomi's error numbers.
    error_texts: Mapping[int, str]
    #: The number for a ``grant_type`` that does not exist: 96006, or 96004 (doc 1519).
    grant_type_code: int
    #: Start answers with ``&&&START&&&``.
    prefix: bool
    #: Where the prefix is: a POST may come without it (live).
    prefix_on: Literal["both", "post", "get"]
    #: Serve ``/oauth2/auth/token``: the same without the prefix (live, doc 1835).
    auth_token_endpoint: bool
    #: Seconds that an access token lives: three days (tried), or ninety days (older examples).
    token_expires_in: int
    #: Seconds that a refresh token lives: three months (doc 1520), ten years (passport).
    refresh_token_expires_in: int
    #: Whether tokens come with a ``mac_key``.
    mac: bool
    #: How ``mac_algorithm`` is written: ``HmacSHA1`` (live), ``HmacSha1`` (documents).
    mac_algorithm: str
    #: Whether the answer has ``union_id``.
    union_id: bool
    #: Give an ``id_token`` to who asked for ``openid``: opaque, and signed by nobody.
    id_token: bool
    #: The spaces in the documents' examples: after the prefix, in names and in values.
    stray_spaces: bool
    #: Send every number as a string, at the open API as well.
    strings_for_numbers: bool
    #: Whether a refresh by POST is taken, or how it is refused, so that only GET works.
    refresh_post: Literal["taken", "404", "405", "96002", "96006"]
    #: Demand ``redirect_uri`` for a refresh, too (doc 1516).
    refresh_needs_redirect_uri: bool
    #: Whether a refresh token works once (passport refresh-access-token).
    refresh_token_once: bool
    #: Whether a refresh ends the access token before it.
    refresh_ends_access_token: bool
    #: Whether a refresh changes ``mac_key`` (tried).
    refresh_changes_mac_key: bool
    #: Let a user's next sign-in end the refresh token before, unless ``device_id`` differs (live).
    one_refresh_token: bool
    #: Refuse the refresh of a token that was issued to a ``device_id``, unless that is sent.
    require_device_id: bool

    # Open API
    #: Whether a call may be signed, must be, or must not.
    signatures: Literal["optional", "required", "refused"]
    #: Take a nonce that is percent-encoded in the header (sdk: Java, Android, C#).
    encoded_nonce: bool
    #: How the values were signed: percent-encoded (sdk: Java, Android, C#), decoded, or either.
    signed_values: Literal["any", "decoded", "encoded"]
    #: The key at ``user/openidV2``: ``openId`` (live), ``openid`` (passport open-api).
    open_id_key: Literal["openId", "openid"]
    #: ``friends`` at ``user/relation``: ``"id,id"`` (live), or a list of profiles.
    friends: Literal["ids", "profiles"]
    #: The number where the token lacks the scope.
    missing_scope_code: int
    #: The HTTP status of 96008 (seen in Logto's tests).
    invalid_token_status: int
    #: The HTTP status of 96012 (seen in Logto's tests).
    access_denied_status: int
    #: Be an app from before 2018-06-01, which gets ``userId``.
    old_app: bool
    #: Whether such an app gets ``unionId`` and ``union_id`` as well (doc 1517).
    old_app_union_id: bool
    #: Start the open API's answers with the prefix (sdk).
    api_prefix: bool
    #: ``result`` of a success; the field may be missing.
    api_result: Literal["ok", "OK", "missing"]
    #: Whether a success has ``code``.
    api_code: bool


#: Each option's value in each of :data:`MODES`.
TABLE: Final[Mapping[str, tuple[object, object]]] = {
    # name: (live, documents)
    "lenient_skip_confirm": (True, False),
    "default_scope": ("all", "profile"),
    "openid": (True, False),
    "ignore_scope_words": (False, False),
    "https_for_http": (True, False),
    "non_ascii_query": (True, False),
    "declined": ("number", "number"),
    "declined_description": (True, True),
    "declined_state": (True, True),
    "code_expires_in": (300, 300),
    "code_once": (True, True),
    "error_status": (400, 200),
    "content_type": ("application/json;charset=UTF-8", "application/json;charset=UTF-8"),
    "error_texts": ({}, {}),
    "grant_type_code": (96006, 96006),
    "prefix": (True, True),
    "prefix_on": ("both", "both"),
    "auth_token_endpoint": (True, False),
    "token_expires_in": (259_200, 7_776_000),
    "refresh_token_expires_in": (7_776_000, 315_360_000),
    "mac": (True, True),
    "mac_algorithm": ("HmacSHA1", "HmacSha1"),
    "union_id": (True, True),
    "id_token": (False, False),
    "stray_spaces": (False, False),
    "strings_for_numbers": (False, False),
    "refresh_post": ("taken", "taken"),
    "refresh_needs_redirect_uri": (True, True),
    "refresh_token_once": (True, True),
    "refresh_ends_access_token": (True, True),
    "refresh_changes_mac_key": (True, True),
    "one_refresh_token": (True, False),
    "require_device_id": (False, False),
    # Some APIs are said to want a signature (doc 1521), the profile is documented without.
    "signatures": ("optional", "optional"),
    "encoded_nonce": (True, False),
    "signed_values": ("any", "decoded"),
    "open_id_key": ("openId", "openid"),
    "friends": ("ids", "profiles"),
    # No document says which; of their table's numbers, 96005 is the one about permission.
    "missing_scope_code": (96007, 96005),
    "invalid_token_status": (403, 403),
    "access_denied_status": (401, 401),
    "old_app": (False, False),
    "old_app_union_id": (True, False),
    "api_prefix": (False, False),
    "api_result": ("ok", "ok"),
    "api_code": (True, True),
}

#: Each option's type.
TYPES: Final[Mapping[str, Any]] = get_type_hints(Options)


def mode(like: str) -> Options:
    """All options, as that mode has them.

    :raises TypeError: where `like` is no string.
    :raises ValueError: where there is no such mode.
    """
    if not isinstance(like, str):
        raise TypeError(f"like is a string, not {type(like).__name__}")
    if like not in MODES:
        raise InvalidValue(
            "invalid_choice", name="like", choices=" / ".join(MODES), value=like[:80]
        )
    column = MODES.index(like)
    return cast("Options", {name: values[column] for name, values in TABLE.items()})


def behave(like: str, options: Options, require_mac: bool = False) -> Options:
    """All options: those given, and the others as the mode has them.

    :param require_mac: the older way to say that signatures are required.
    :raises TypeError: where `like` is not a string.
    :raises ValueError: where there is no such mode, or two options contradict each other.
    """
    if not isinstance(require_mac, bool):
        raise TypeError(f"require_mac is True or False, not {require_mac!r}")
    behaviour: Options = {**mode(like), **options}
    if require_mac and options.get("signatures", "required") != "required":
        raise InvalidValue("invalid_require_mac")
    if require_mac and not behaviour["mac"]:
        raise InvalidValue("invalid_require_mac_key")
    if require_mac:
        behaviour["signatures"] = "required"
    return behaviour


def choices(name: str) -> tuple[str, ...]:
    """What an option can be, where that is one of a few words; else nothing."""
    return get_args(TYPES[name]) if get_origin(TYPES[name]) is Literal else ()
