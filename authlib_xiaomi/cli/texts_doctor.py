"""The words of ``doctor``."""

from __future__ import annotations

from typing import Final

__all__ = ["DOCTOR"]

#: By key: English, Chinese.
DOCTOR: Final[dict[str, tuple[str, str]]] = {
    # The doctor: where a value comes from.
    "from_option": ("from {name}", "来自 {name}"),
    "from_environment": ("from {name} in the environment", "来自环境变量 {name}"),
    "from_file": ("from {name} in {file}", "来自 {file} 中的 {name}"),
    "found": ("{value} ({source})", "{value}（{source}）"),
    "empty": ("empty ({source})", "为空（{source}）"),
    # The doctor: what the checks are called.
    "label_env_file": (".env file", "配置文件"),
    "label_client_id": ("AppID", "AppID"),
    "label_client_secret": ("AppSecret", "AppSecret"),
    "label_redirect_uri": ("callback", "回调地址"),
    "label_registered": ("registered", "登记的回调"),
    "label_scope": ("scope", "scope"),
    "label_account_host": ("account host", "帐号服务器"),
    "label_api_host": ("API host", "API 服务器"),
    "label_base_url": ("base URL", "服务器"),
    "label_clock": ("clock", "时钟"),
    "label_live": ("live check", "在线验证"),
    "status_ok": ("ok", "正常"),
    "status_wrong": ("wrong", "错误"),
    "status_warning": ("warning", "警告"),
    "status_unchecked": ("unchecked", "未检查"),
    "sum_ok": ("All is well.", "一切正常。"),
    "sum_checked": (
        "Nothing is wrong in what was checked.",
        "已检查的项目没有问题。",
    ),
    "sum_wrong": ("Wrong: {names}.", "有误：{names}。"),
    "sum_warning": ("Worth a look: {names}.", "请留意：{names}。"),
    "sum_unchecked": ("Could not be checked: {names}.", "无法检查：{names}。"),
    "sum_left_out": ("Left out: {names}.", "已略过：{names}。"),
    "comma": (", ", "、"),
    # The doctor: .env.
    "env_read": ("{file} was read", "已读取 {file}"),
    "env_lines": ("{file}: line {lines} makes no sense", "{file}：无法理解第 {lines} 行"),
    "env_lines_do": (
        'Write NAME=value, and put a value with spaces, # or quotes in it in "double quotes".',
        '请写成 NAME=value；值中含空格、# 或引号时，用 "双引号" 括起来。',
    ),
    "label_django_settings": ("Django", "Django"),
    "django_problem": (
        "{module} cannot be imported here: {problem}",
        "无法在此导入 {module}：{problem}",
    ),
    "django_problem_do": (
        "Run authlib-xiaomi in the project's folder and environment; --django-settings names "
        "another module.",
        "请在项目的文件夹和环境中运行 authlib-xiaomi；可用 --django-settings 指定其他模块。",
    ),
    # The doctor: AppID.
    "id_example_do": (
        "This is the example in the documents. Yours is on the application's details page in "
        "Xiaomi's console (dev.mi.com).",
        "这是文档中的示例。你的 AppID 在小米开放平台（dev.mi.com）的应用详情页。",
    ),
    "id_missing": ("there is none", "未找到"),
    "id_missing_do": (
        "Set {name} to the AppID, in the environment or in .env, or give --client-id. It is on the "
        "application's details page in Xiaomi's console (dev.mi.com), a number of 19 digits such "
        "as 2882303761520251711.",
        "请将 {name} 设为 AppID（环境变量或 .env），或使用 --client-id。AppID 在小米开放平台"
        "（dev.mi.com）的应用详情页，是 19 位数字，例如 2882303761520251711。",
    ),
    "id_spaces": (
        "{value} has white space around it ({source})",
        "{value} 首尾有空白字符（{source}）",
    ),
    "id_spaces_do": ("Take it away: it is sent along.", "请去掉，否则会一并发送。"),
    "id_quotes": ("{value} is in quotes ({source})", "{value} 带有引号（{source}）"),
    "id_quotes_do": (
        "Take the quotes away: they are part of the value here. Docker's --env-file keeps them.",
        "请去掉引号：它们成了值的一部分。Docker 的 --env-file 会保留引号。",
    ),
    "id_float": (
        "{value} is a number that was rounded ({source})",
        "{value} 是被舍入过的数字（{source}）",
    ),
    "id_float_do": (
        "An AppID has more digits than a spreadsheet or a float keeps: copy it from Xiaomi's "
        "console as text.",
        "AppID 的位数超出表格软件和浮点数的精度：请从小米开放平台以文本方式复制。",
    ),
    "id_text": (
        "no number; not shown, as it may be a secret ({source})",
        "不是数字；可能是密钥，故不显示（{source}）",
    ),
    "id_text_do": (
        "An AppID is a number of 19 digits such as 2882303761520251711. Were AppID and AppSecret "
        "swapped?",
        "AppID 是 19 位数字，例如 2882303761520251711。是否与 AppSecret 填反了？",
    ),
    "id_package_do": (
        "This looks like a package name. The AppID is a number of 19 digits such as "
        "2882303761520251711.",
        "这像是应用包名。AppID 是 19 位数字，例如 2882303761520251711。",
    ),
    "id_too_big_do": (
        "This is more than Xiaomi's numbers go to (19 digits, such as 2882303761520251711): see "
        "that it was pasted once.",
        "超出了小米的数字范围（19 位，例如 2882303761520251711）：请确认没有重复粘贴。",
    ),
    "id_key_do": (
        "Thirteen digits are an AppKey's length, and the AppKey is not used here. The AppID has 19 "
        "digits, such as 2882303761520251711.",
        "13 位是 AppKey 的长度，这里用不到 AppKey。AppID 是 19 位数字，例如 2882303761520251711。",
    ),
    "id_short_do": (
        "Shorter than Xiaomi's AppIDs, which have 19 digits today, such as 2882303761520251711: "
        "compare it with the console.",
        "比小米的 AppID 短。目前的 AppID 是 19 位数字，例如 2882303761520251711：请与控制台核对。",
    ),
    "id_rounded_do": (
        "Its last digits look as if it had been rounded by a spreadsheet, a float or JavaScript: "
        "compare it with the console.",
        "末尾几位像是被表格软件、浮点数或 JavaScript 舍入过：请与控制台核对。",
    ),
    # The doctor: AppSecret.
    "secret_missing_do": (
        "Set {name} to the AppSecret, in the environment or in .env; there is no option for it, as "
        "it does not belong on a command line. It is on the application's details page in Xiaomi's "
        "console.",
        "请将 {name} 设为 AppSecret（环境变量或 .env）；它不应出现在命令行中，因此没有对应的选项。"
        "AppSecret 在小米开放平台的应用详情页。",
    ),
    "secret_there": ("there, not shown ({source})", "已设置，不显示（{source}）"),
    "secret_spaces": (
        "has white space at its beginning or end ({source})",
        "首尾有空白字符或换行（{source}）",
    ),
    "secret_inside": ("has white space in it ({source})", "中间有空白字符（{source}）"),
    "secret_inside_do": (
        "Copy it once more, as one piece; write nothing after it on its line.",
        "请重新完整复制，同一行不要写其他内容。",
    ),
    "secret_quotes": ("has a quote at its beginning or end ({source})", "首尾带有引号（{source}）"),
    "secret_characters": (
        "has characters that no AppSecret has ({source})",
        "含有 AppSecret 中不会出现的字符（{source}）",
    ),
    "secret_characters_do": (
        "Such as typographic quotes, or invisible ones from a web page: copy it once more.",
        "例如中文引号，或从网页带来的不可见字符：请重新复制。",
    ),
    "secret_is_id": ("the same as the AppID ({source})", "与 AppID 相同（{source}）"),
    "secret_is_id_do": (
        "The AppSecret is another field on the application's details page.",
        "AppSecret 是应用详情页上的另一个字段。",
    ),
    "secret_example": ("the example in the documents ({source})", "是文档中的示例（{source}）"),
    "secret_example_do": (
        "Yours is on the application's details page in Xiaomi's console (dev.mi.com).",
        "你的 AppSecret 在小米开放平台（dev.mi.com）的应用详情页。",
    ),
    "secret_digits": ("digits only ({source})", "全是数字（{source}）"),
    "secret_digits_do": (
        "This looks like an AppKey or an AppID. An AppSecret is a text of letters and digits that "
        "often ends with ==.",
        "这像是 AppKey 或 AppID。AppSecret 由字母和数字等组成，常以 == 结尾。",
    ),
    "secret_package": ("looks like a package name ({source})", "像是应用包名（{source}）"),
    "secret_package_do": (
        "The AppSecret is a text of letters and digits that often ends with ==.",
        "AppSecret 由字母和数字等组成，常以 == 结尾。",
    ),
    "secret_encoded": ("looks percent-encoded ({source})", "像是经过百分号编码（{source}）"),
    "secret_encoded_do": (
        "Give it as the console shows it, with + / = for %2B %2F %3D: it is encoded on its way.",
        "请按控制台显示的原样填写，%2B %2F %3D 应为 + / =：发送时会自动编码。",
    ),
    # The doctor: callback.
    "uri_missing": ("there is none to check", "没有可检查的回调地址"),
    "uri_missing_do": (
        "Give --redirect-uri, or set {name}: the URL to which your application has Xiaomi send its "
        "users back. Without it, the live check tries AppID and AppSecret alone.",
        "请使用 --redirect-uri 或设置 {name}，即小米将用户送回应用的 URL。"
        "没有它，在线验证只能检查 AppID 和 AppSecret。",
    ),
    "uri_registered": (
        "none given: {value}, the first that is registered, stands for it",
        "未给出，以登记的第一个 {value} 代替",
    ),
    "uri_relative_do": (
        "It must be an absolute URL, with scheme and host, such as https://example.com/auth: "
        'url_for("auth", _external=True) in Flask, request.url_for("auth") in Starlette and '
        "FastAPI, request.build_absolute_uri(...) in Django.",
        "必须是带协议和主机的完整 URL，例如 https://example.com/auth。"
        'Flask 用 url_for("auth", _external=True)，Starlette 和 FastAPI 用 '
        'request.url_for("auth")，Django 用 request.build_absolute_uri(...)。',
    ),
    "uri_several_do": (
        "These are several, as in Xiaomi's console: an application asks with one. Give the list as "
        "--registered.",
        "这是多个地址，像是控制台里的写法；应用每次只用一个。请把整个列表作为 --registered 给出。",
    ),
    "uri_scheme_do": (
        "The scheme must be https, or http during development.",
        "协议必须是 https，开发时可以用 http。",
    ),
    "uri_fragment_do": (
        "Take away what follows #: a callback must have no fragment (RFC 6749, 3.1.2).",
        "请去掉 # 及其后面的部分：回调地址不能带 fragment（RFC 6749 3.1.2）。",
    ),
    "uri_characters_do": (
        "It has characters that a URL cannot have: write a host in Punycode (xn--…), a path "
        "percent-encoded, and no backslash.",
        "含有 URL 中不允许的字符：域名请用 Punycode（xn--…），路径请用百分号编码，不要用反斜杠。",
    ),
    "uri_http_do": (
        "Codes come back in the clear over http: use https. Behind a proxy that ends TLS, the "
        "application must be told so (ProxyFix in Flask, --proxy-headers of uvicorn, "
        "SECURE_PROXY_SSL_HEADER in Django).",
        "http 会以明文传回授权码：请使用 https。若由反向代理处理 TLS，需告知应用"
        "（Flask 用 ProxyFix，uvicorn 用 --proxy-headers，Django 用 SECURE_PROXY_SSL_HEADER）。",
    ),
    "uri_local_do": (
        "Good for development: only a browser on this machine gets there.",
        "适用于开发：只有本机的浏览器能访问。",
    ),
    "registered_bad": ("{value} is no absolute URL", "{value} 不是完整的 URL"),
    "registered_bad_do": (
        "Write it in Xiaomi's console with scheme and host; several are separated by ';'.",
        "请在小米开放平台填写带协议和主机的 URL，多个以 ; 分隔。",
    ),
    "registered_none": ("--registered is empty", "--registered 为空"),
    "registered_ok": ("the callback matches {value}", "回调地址与 {value} 匹配"),
    "registered_unchecked": (
        "not compared: the callback is no URL",
        "未比较：回调地址不是 URL",
    ),
    "differs": (
        "{registered} has another {part}: {known}, not {asked}",
        "与 {registered} 的{part}不同：登记的是 {known}，使用的是 {asked}",
    ),
    "differs_scheme": (
        "{asked} has another scheme than {registered}, and is the same otherwise",
        "{asked} 与 {registered} 的协议不同，其余相同",
    ),
    "differs_https_do": (
        "Xiaomi's documents say that the scheme must be equal; in one recorded test, https passed "
        "where http was registered. Register the callback as it is used.",
        "小米的文档要求协议相同；有一次实测中，登记为 http 时 https 也可以使用。"
        "请按实际使用的地址登记。",
    ),
    "differs_http_do": (
        "Xiaomi's documents say that the scheme must be equal, and nobody has seen http pass where "
        "https is registered. Behind a proxy that ends TLS, the application must be told so.",
        "小米的文档要求协议相同，也没有人见过登记为 https 时 http 可以使用。"
        "若由反向代理处理 TLS，需告知应用。",
    ),
    "part_scheme": ("scheme", "协议"),
    "part_port": ("port", "端口"),
    "part_host": ("host", "主机"),
    "part_path": ("path", "路径"),
    "semicolon": ("; ", "；"),
    "differs_do": (
        "Xiaomi answers 96010 to this. Scheme and port must be equal, the host the same or a "
        "subdomain, the path the same or below: change the callback, or register it in Xiaomi's "
        "console (several are separated by ';').",
        "小米会返回 96010。协议和端口必须相同，主机相同或为其子域名，路径相同或在其之下："
        "请修改回调地址，或在小米开放平台登记它（多个以 ; 分隔）。",
    ),
    # The doctor: scope.
    "scope_default": ("none given: 1, the user's profile", "未给出，默认为 1（用户的个人资料）"),
    "scope_wrong": (
        "{value!r} is no scope of Xiaomi's ({source})",
        "{value!r} 不是小米的 scope（{source}）",
    ),
    "scope_empty": ("empty ({source})", "为空（{source}）"),
    "scope_wrong_do": (
        'Scopes are positive numbers, separated by spaces: "1 3". See authlib-xiaomi scopes.',
        'scope 是正整数，以空格分隔，例如 "1 3"。参见 authlib-xiaomi scopes。',
    ),
    "scope_meant_do": (
        'For {description} write "{number}" (Scope.{name}).',
        "需要{description}时，请写 “{number}”（Scope.{name}）。",
    ),
    "scope_separate_do": (
        'Separate them with spaces: "{scopes}".',
        '请以空格分隔："{scopes}"。',
    ),
    "scope_unknown_do": (
        "Not known to this version: {numbers}. Xiaomi adds scopes, so they may be right.",
        "本版本不认识 {numbers}。小米会新增 scope，因此不一定有误。",
    ),
    "scope_granted_do": (
        "Each must be granted to the application in Xiaomi's console: one that is not fails the "
        "whole sign-in. --granted compares them.",
        "每个 scope 都须在小米开放平台授予该应用：缺少任何一个都会使整个登录失败。"
        "可用 --granted 核对。",
    ),
    "scope_ungranted_do": (
        "Not granted to the application: {numbers}. That fails the whole sign-in, not that scope "
        "alone: apply for it in Xiaomi's console, or leave it out.",
        "未授予该应用：{numbers}。这会使整个登录失败，而不只是缺少该权限："
        "请在小米开放平台申请，或不要请求它。",
    ),
    "scope_old_do": (
        "Only Xiaomi's older documents have {numbers}. A scope that was not granted to the "
        "application fails the whole sign-in; phone and e-mail (4, 6) are granted on application "
        "only.",
        "{numbers} 只见于小米较早的文档。未授予该应用的 scope 会使整个登录失败；"
        "手机号和邮箱（4、6）须向小米申请。",
    ),
    "scope_openid_do": (
        "openid has to be switched on for the application by Xiaomi; without that, the whole "
        "sign-in may fail. Nothing is taken from an ID token, as it cannot be verified.",
        "openid 须由小米为该应用开通，否则整个登录可能失败。"
        "ID token 无法验证，因此不会使用其内容。",
    ),
    "scope_health_do": (
        'Health services (200001 to 200019) also need scope_provider="healthkit" in '
        "authorize_redirect.",
        "健康服务（200001 至 200019）还需要在 authorize_redirect 中加上 "
        'scope_provider="healthkit"。',
    ),
    "scope_no_profile_do": (
        "Without 1 there is no profile: userinfo has an id only, and needs 3 for it.",
        "没有 1 就读不到个人资料：userinfo 只有用户标识，并且需要 3。",
    ),
    # The doctor: hosts and clock.
    "left_out": ("left out (--offline)", "已略过（--offline）"),
    "host_ok": (
        "{host} answers; TLS and answer in {ms} ms",
        "{host} 有响应，TLS 和响应共 {ms} 毫秒",
    ),
    "host_clear": (
        "{host} answers in {ms} ms; no TLS, as it is this machine",
        "{host} 有响应，{ms} 毫秒；在本机，未用 TLS",
    ),
    "host_own_do": (
        "{name} leads the application there, and not to Xiaomi. For production, take it out.",
        "{name} 使应用访问这里，而不是小米。在生产环境中请去掉它。",
    ),
    "host_slow_do": (
        "That is slow: a sign-in asks up to three times, and gives up after {timeout:g} s each.",
        "较慢：一次登录最多请求三次，每次 {timeout:g} 秒后放弃。",
    ),
    "host_status": (
        "{host} answers with HTTP {status}, in {ms} ms",
        "{host} 返回 HTTP {status}，{ms} 毫秒",
    ),
    "host_status_do": (
        "TLS works; the service is out of order, or a proxy on the way is. Try again later.",
        "TLS 正常；服务或途中的代理出现故障，请稍后再试。",
    ),
    "no_answer": ("could not check: {reason}", "无法检查：{reason}"),
    "why_name": ("the name {host} was not found", "找不到主机名 {host}"),
    "why_timeout": (
        "{host} did not answer within {timeout:g} s",
        "{host} 在 {timeout:g} 秒内没有响应",
    ),
    "why_proxy": (
        "the proxy on the way to {host} did not connect",
        "到 {host} 途中的代理未能连接",
    ),
    "why_connection": (
        "no connection to {host}, or it broke off",
        "无法连接 {host}，或连接中断",
    ),
    "why_certificate": (
        "the certificate of {host} is not trusted here",
        "本机不信任 {host} 的证书",
    ),
    "why_bundle": (
        "the certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names cannot be read",
        "无法读取 REQUESTS_CA_BUNDLE 或 CURL_CA_BUNDLE 指定的证书",
    ),
    "why_name_do": (
        "Look at the network and at DNS of this machine.",
        "请检查本机的网络和 DNS。",
    ),
    "why_timeout_do": (
        "Look at firewalls between this machine and Xiaomi; HTTPS_PROXY names a proxy, if one is "
        "needed.",
        "请检查本机与小米之间的防火墙；如需代理，请设置 HTTPS_PROXY。",
    ),
    "why_proxy_do": (
        "Look at HTTPS_PROXY (or ALL_PROXY), and at what the proxy allows.",
        "请检查 HTTPS_PROXY（或 ALL_PROXY）以及代理的放行规则。",
    ),
    "why_connection_do": (
        "Look at the network and at firewalls; for a sandbox, see that it runs at this address.",
        "请检查网络和防火墙；如果是沙箱，请确认它正在此地址运行。",
    ),
    "why_certificate_do": (
        "Look at this machine's clock, at its certificates (REQUESTS_CA_BUNDLE adds a company's "
        "own), and at proxies that open TLS connections. Don't switch verification off.",
        "请检查本机时钟、证书（用 REQUESTS_CA_BUNDLE 加入公司自有证书），以及会解开 TLS 的代理。"
        "不要关闭证书校验。",
    ),
    "why_bundle_do": ("Mend the path, or unset the variable.", "请修正路径，或取消该变量。"),
    "clock_equal": ("the same as {host}'s", "与 {host} 一致"),
    "clock_behind": ("{time} behind {host}", "比 {host} 慢 {time}"),
    "clock_ahead": ("{time} ahead of {host}", "比 {host} 快 {time}"),
    "clock_unknown": (
        "could not check: no HTTPS answer told the time",
        "无法检查：没有 HTTPS 响应给出时间",
    ),
    "clock_own": (
        "left out: over http on this machine there is no other clock to compare with",
        "已略过：本机 http 服务器的时钟就是本机时钟，无从比较",
    ),
    "clock_do": (
        "Signatures carry the minute (the nonce), and certificates and tokens their times: set the "
        "clock by NTP (timedatectl set-ntp true).",
        "签名带有分钟数（nonce），证书和令牌也有时限：请用 NTP 校时（timedatectl set-ntp true）。",
    ),
    "seconds": ("{n} s", "{n} 秒"),
    "minutes": ("{n} min", "{n} 分钟"),
    "hours": ("{n} h", "{n} 小时"),
    # The doctor: live check.
    "live_first": ("not asked until this is mended: {names}", "未进行，请先处理：{names}"),
    "live_elsewhere": (
        "not asked: {name} leads the application to {host}, which is not Xiaomi's, and the "
        "AppSecret is not sent there unasked",
        "未进行：{name} 指向 {host}，不是小米的服务器，未经明确指定不会向它发送 AppSecret",
    ),
    "live_elsewhere_do": (
        "If that is meant, add --base-url {url}. For production, take the variable out.",
        "如果这是有意的，请加上 --base-url {url}；如果是生产环境，请去掉该变量。",
    ),
    "live_ok": (
        "96013 from {host}, as it should be: AppID, AppSecret and callback are right, only the "
        "code (made up) is not",
        "{host} 返回 96013，符合预期：AppID、AppSecret 和回调地址都正确，只有（虚构的）授权码无效",
    ),
    "live_ok_but": (
        "96010 from {host}: AppID and AppSecret are right; the callback was not given, so it was "
        "not checked",
        "{host} 返回 96010：AppID 和 AppSecret 正确；没有给出回调地址，因此未检查",
    ),
    "live_code": ("{code} {name} from {host}: {meaning}", "{host} 返回 {code} {name}：{meaning}"),
    "live_callback": ("{found} (asked with {redirect_uri})", "{found}（使用 {redirect_uri}）"),
    "live_code_do": (
        "{hint} More: authlib-xiaomi explain {code}",
        "{hint}更多：authlib-xiaomi explain {code}",
    ),
    "live_unknown": (
        "{host} answered with error {code}, which this version does not know",
        "{host} 返回错误 {code}，本版本不认识",
    ),
    "live_unknown_do": (
        "See whether there is a newer authlib-xiaomi, and Xiaomi's documents at dev.mi.com.",
        "请查看 authlib-xiaomi 是否有新版本，以及 dev.mi.com 上的小米文档。",
    ),
    "live_garbage": (
        "could not check: {host} answered with HTTP {status} and nothing that Xiaomi would say",
        "无法检查：{host} 返回 HTTP {status}，内容不是小米的响应",
    ),
    "live_redirect": (
        "could not check: {host} answered with HTTP {status}, a redirect; it is not followed, as "
        "the AppSecret would go along",
        "无法检查：{host} 返回 HTTP {status} 重定向；不会跟随，以免泄露 AppSecret",
    ),
    "live_garbage_do": (
        "Something other than Xiaomi may have answered: look at --base-url, and at proxies and "
        "sign-in pages of networks on the way.",
        "响应可能并非来自小米：请检查 --base-url，以及途中的代理和网络登录页。",
    ),
    "live_down": (
        "could not check: {host} answered with HTTP {status}",
        "无法检查：{host} 返回 HTTP {status}",
    ),
    "live_down_do": (
        "Xiaomi is out of order, or a proxy is: try again later.",
        "小米或途中的代理出现故障：请稍后再试。",
    ),
}
