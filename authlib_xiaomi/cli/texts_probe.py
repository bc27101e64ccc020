"""The words of ``probe``."""

from __future__ import annotations

from typing import Final

__all__ = ["PROBE"]

#: By key: English, Chinese.
PROBE: Final[dict[str, tuple[str, str]]] = {
    "help_probe": (
        "Find out what Xiaomi's service really does, point by point.",
        "逐项查明小米的服务实际如何工作。",
    ),
    "help_probe_1": (
        "Sends some thirty harmless requests that Xiaomi refuses, one a second, and says of each "
        "open point of the protocol whether the service does what is said of it. AppID, AppSecret "
        "and callback are read as by doctor; no user is needed.",
        "以每秒一次的间隔发送约三十个会被小米拒绝的无害请求，并逐项说明服务的行为是否与资料一致。"
        "AppID、AppSecret 和回调地址的读取方式与 doctor 相同；不需要用户参与。",
    ),
    "help_probe_2": (
        "With --sign-in you sign in once, with an account of yours, and what only a session shows "
        "is tried with the session that this makes. Xiaomi keeps one refresh token for each user "
        "and application: one that this application holds for the same account already ends.",
        "使用 --sign-in 时，用你自己的帐号登录一次，并用由此产生的会话验证需要登录才能看到的行为。"
        "小米对每个用户和应用只保留一个 refresh token：该应用此前为同一帐号保存的会失效。",
    ),
    "help_probe_3": (
        "The report can be shared: it has names, types, lengths, statuses and Xiaomi's error "
        "texts, and no value of a secret, token, code, id, name or picture. A sandbox behaves as a "
        "report says: authlib-xiaomi sandbox --like report.json",
        "报告可以分享：其中只有名称、类型、长度、状态码和小米的错误说明，没有密钥、令牌、授权码、"
        "用户标识、昵称或头像的值。沙箱可以按报告模拟：authlib-xiaomi sandbox --like report.json",
    ),
    "help_probe_4": (
        "Exit status: 0 all that was tried is as expected, 1 something is different or the "
        "settings are wrong, 2 something could not be tried.",
        "退出码：0 已验证的都符合预期，1 有不同之处或配置有误，2 有项目无法验证。",
    ),
    "help_probe_5": (
        'With --json, an object whose list "points" has {{"id", "claim", "source", "strength", '
        '"seen", "verdict"}}; verdict is expected, different or not tried. In a pipe, without '
        "--json: verdict, id, what was seen, claim and source, separated by tabs. Prompts go to "
        "standard error.",
        '使用 --json 时输出一个对象，其中 "points" 列表的每项为 {{"id", "claim", "source", '
        '"strength", "seen", "verdict"}}；verdict 为 expected、different 或 not tried。'
        "输出到管道且未用 --json 时，每行依次为 verdict、id、实际所见、说法和来源，以制表符分隔。"
        "提示信息输出到标准错误。",
    ),
    "option_sign_in": ("Sign in once, and try what that shows.", "登录一次，并验证登录后的行为。"),
    "option_twice": (
        "Sign in a second time: does that end the first refresh token?",
        "再登录一次，验证第一个 refresh token 是否因此失效。",
    ),
    "option_no_browser": (
        "Print the URL, and open no browser.",
        "只打印 URL，不打开浏览器。",
    ),
    "option_paste": (
        "Take the callback from standard input, also where its port is this machine's.",
        "从标准输入读取回调地址，即使回调端口在本机。",
    ),
    "option_pause": (
        "Between two requests; default: 1, and 0 to this machine.",
        "两次请求之间的间隔，默认 1；对本机为 0。",
    ),
    "option_timeout": ("For an answer; default: 10.", "等待响应的时间，默认 10。"),
    "option_out": ("Write the report to this file, as JSON.", "将报告以 JSON 写入此文件。"),
    "probe_out": (
        "--out {file}: it must be a file in a folder that exists",
        "--out {file}：必须是已有文件夹中的文件",
    ),
    "probe_unwritten": ("cannot write {file}: {reason}", "无法写入 {file}：{reason}"),
    "probe_written": ("The report is in {file}.", "报告已写入 {file}。"),
    "probe_setting": ("{label}: {found}. {advice}", "{label}：{found}。{advice}"),
    # Before each step.
    "probe_step": ("[{number}/{count}] {what}", "[{number}/{count}] {what}"),
    "probe_step_first": (
        "Send a code that does not exist: is this Xiaomi, and does it know the application? "
        "Costs nothing.",
        "发送不存在的授权码：对方是小米吗？是否认识该应用？没有影响。",
    ),
    "probe_step_token": (
        "Ask the token endpoint for its errors, by POST and by GET. Costs nothing.",
        "分别用 POST 和 GET 触发令牌接口的各种错误。没有影响。",
    ),
    "probe_step_api": (
        "Call the open API with an access token that does not exist. Costs nothing.",
        "用不存在的 access token 调用开放接口。没有影响。",
    ),
    "probe_step_authorize": (
        "Begin authorization requests of several kinds, and complete none. Costs nothing.",
        "发起几种授权请求，但不完成。没有影响。",
    ),
    "probe_step_sign_in": (
        "You sign in with an account of yours. Makes a session of the application; a refresh "
        "token that the application holds for this account already may end.",
        "用你自己的帐号登录。会产生该应用的一个会话；应用此前为该帐号保存的 refresh token "
        "可能失效。",
    ),
    "probe_step_profile": (
        "Read the profile without a signature. Costs nothing.",
        "不带签名读取用户资料。没有影响。",
    ),
    "probe_step_signed": (
        "Read the profile with signatures, right and wrong ones. Costs nothing.",
        "带签名读取用户资料，包括正确和错误的签名。没有影响。",
    ),
    "probe_step_others": (
        "Call the other APIs as far as the scopes go, and one that was not granted. Costs nothing.",
        "在已授权范围内调用其他接口，并调用一个未授权的接口。没有影响。",
    ),
    "probe_step_refresh": (
        "Refresh the token, then use the old ones once more. May cost the session of this sign-in.",
        "刷新令牌，然后再次使用旧令牌。可能使本次登录的会话失效。",
    ),
    "probe_step_no_redirect_uri": (
        "Refresh without redirect_uri. May cost the session of this sign-in.",
        "不带 redirect_uri 刷新。可能使本次登录的会话失效。",
    ),
    "probe_step_sign_in_again": (
        "You sign in once more with the same account, then the tokens of the first sign-in are "
        "used. May cost the sessions of both sign-ins.",
        "请用同一帐号再次登录，然后使用第一次登录的令牌。可能使两次登录的会话都失效。",
    ),
    "probe_step_code_again": (
        "Send the code of the sign-in a second time. May cost the session of this sign-in.",
        "再次发送登录的授权码。可能使本次登录的会话失效。",
    ),
    # The sign-in.
    "probe_open": (
        "Open this in a browser, and sign in:\n{url}",
        "请在浏览器中打开并登录：\n{url}",
    ),
    "probe_waiting": (
        "Waiting for the browser to come back to {redirect_uri}",
        "正在等待浏览器返回 {redirect_uri}",
    ),
    "probe_paste": (
        "Afterwards the browser goes to {redirect_uri}, whatever is shown there. Paste that whole "
        "address here:",
        "完成后浏览器会跳转到 {redirect_uri}（显示什么都没关系）。请将完整地址粘贴到这里：",
    ),
    "probe_paste_again": (
        "This is not the address that this sign-in came back to: it has code and state after a "
        "question mark. Paste it once more:",
        "这不是本次登录返回的地址：问号后面应有 code 和 state。请重新粘贴：",
    ),
    "probe_port": (
        "Port {port} cannot be used: {reason}. Stop the application that has it, or paste the "
        "callback:",
        "无法使用端口 {port}：{reason}。请停止占用它的应用，或手动粘贴回调地址：",
    ),
    "probe_page_taken": (
        "The probe has taken over. You can close this page.",
        "probe 已收到结果，可以关闭此页面。",
    ),
    "probe_page_other": (
        "This is not the sign-in that the probe waits for.",
        "这不是 probe 正在等待的登录。",
    ),
    # Why it ended early.
    "probe_stopped": ("Stopped: {reason}. {advice}", "已停止：{reason}。{advice}"),
    "probe_stopped_interrupted": (
        "\nInterrupted. This is what was seen so far.",
        "\n已中断。以下是到目前为止的结果。",
    ),
    "probe_stopped_down": (
        "Stopped: the service answers with HTTP {status}. Try again later.",
        "已停止：服务返回 HTTP {status}，请稍后再试。",
    ),
    "probe_stopped_nonsense": (
        "Stopped: HTTP {status} with an answer that is not Xiaomi's. Look at --base-url, and at "
        "proxies and sign-in pages of networks on the way.",
        "已停止：HTTP {status}，响应并非来自小米。请检查 --base-url，以及途中的代理和网络登录页。",
    ),
    "probe_stopped_refused": (
        "Stopped: Xiaomi refuses the application with {code}. authlib-xiaomi doctor says what to "
        "do.",
        "已停止：小米以 {code} 拒绝了该应用。authlib-xiaomi doctor 会说明如何处理。",
    ),
    "probe_stopped_declined": (
        "Stopped: the sign-in came back with an error in place of a code.",
        "已停止：登录返回的是错误，没有授权码。",
    ),
    "probe_stopped_no_callback": (
        "Stopped: nobody came back from the sign-in.",
        "已停止：登录没有返回。",
    ),
    "probe_stopped_no_token": (
        "Stopped: there was no token for the code.",
        "已停止：授权码没有换到令牌。",
    ),
    "probe_stopped_no_refresh_token": (
        "Stopped: the token answer has no refresh token.",
        "已停止：令牌响应中没有 refresh token。",
    ),
    "probe_stopped_no_refresh": (
        "Stopped: the refresh gave no token.",
        "已停止：刷新没有得到令牌。",
    ),
    "probe_stopped_another_user": (
        "Stopped: the second sign-in was another account's, so that it shows nothing of the first.",
        "已停止：第二次登录用的是另一个帐号，无法说明第一次登录的令牌。",
    ),
    # The report.
    "verdict_expected": ("expected", "符合"),
    "verdict_different": ("different", "不同"),
    "verdict_not_tried": ("not tried", "未验证"),
}
