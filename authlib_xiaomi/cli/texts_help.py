"""The words of help and of complaints about the command line, and of the smaller commands."""

from __future__ import annotations

from typing import Final

__all__ = ["HELP"]

#: By key: English, Chinese.
HELP: Final[dict[str, tuple[str, str]]] = {
    # Help.
    "help": (
        "Sign in with Xiaomi: is the application set up right, and what do Xiaomi's errors mean?",
        "小米帐号登录：检查应用配置是否正确，解释小米的错误码。",
    ),
    "help_doctor": (
        "Check an application's set-up, and say what to do.",
        "检查应用的配置，并给出处理建议。",
    ),
    "help_doctor_1": (
        "AppID, AppSecret, callback and scope are read as the application reads them: "
        "XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET, XIAOMI_REDIRECT_URI and XIAOMI_SCOPE in a Django "
        "project's settings, with FLASK_ before them, in the environment, and in .env; options "
        "come first. The AppSecret has no option: a command line is seen by other users, and kept "
        "in the shell's history.",
        "AppID、AppSecret、回调地址和 scope 的读取方式与应用相同：Django 项目设置、"
        "带 FLASK_ 前缀的变量、环境变量和 .env 中的 XIAOMI_CLIENT_ID、XIAOMI_CLIENT_SECRET、"
        "XIAOMI_REDIRECT_URI 和 XIAOMI_SCOPE；命令行选项优先。"
        "AppSecret 没有对应的选项：命令行会被其他用户看到，也会留在 shell 历史里。",
    ),
    "help_doctor_2": (
        "At the end Xiaomi is asked for a token, with a code that cannot exist: its error tells "
        "whether AppID, AppSecret and callback are right. No user is needed, and nothing changes.",
        "最后用一个不可能存在的授权码向小米请求令牌：从返回的错误可以判断 AppID、AppSecret "
        "和回调地址是否正确。不需要用户参与，也不会改变任何数据。",
    ),
    "help_doctor_3": (
        "Exit status: 0 all is well (warnings aside), 1 something is wrong, 2 something could not "
        "be checked. What --offline leaves out does not count.",
        "退出码：0 一切正常（可能有警告），1 有错误，2 有项目无法检查。"
        "--offline 略过的项目不计在内。",
    ),
    "help_doctor_4": (
        'With --json, a list of {{"check", "status", "found", "advice"}}: check is one of '
        "{checks}; status is ok, wrong, warning or unchecked. In a pipe, without --json: status, "
        "check, found and advice, separated by tabs.",
        '使用 --json 时输出由 {{"check", "status", "found", "advice"}} 组成的列表：check 为 '
        "{checks} 之一；status 为 ok、wrong、warning 或 unchecked。"
        "输出到管道且未用 --json 时，每行依次为 status、check、found、advice，以制表符分隔。",
    ),
    "help_explain": (
        "Say what Xiaomi's errors mean, and what to do.",
        "解释小米的错误码，并给出处理建议。",
    ),
    "help_explain_1": (
        "ERROR is a number (96010), a name (OA_INVALID_CODE), a standard word (invalid_grant), or "
        "a pasted text with any of them: an answer of Xiaomi's, a callback's URL, a line of a "
        "log. Several may be given; - reads from standard input.",
        "ERROR 可以是错误码（96010）、名称（OA_INVALID_CODE）、标准错误（invalid_grant），"
        "也可以是包含它们的整段文字：小米的响应、回调 URL、一行日志。可以给出多个；"
        "- 表示从标准输入读取。",
    ),
    "help_explain_2": (
        "Exit status: 0, or 1 where something is not known.",
        "退出码：0；有无法识别的内容时为 1。",
    ),
    "help_explain_3": (
        'With --json, {{"errors": [{{"code", "name", "error", "meaning", "causes", "advice"}}], '
        '"unknown": […]}}.',
        '使用 --json 时输出 {{"errors": [{{"code", "name", "error", "meaning", "causes", '
        '"advice"}}], "unknown": […]}}。',
    ),
    "help_new": (
        "Write the smallest whole application for a framework.",
        "为框架生成最小的完整应用。",
    ),
    "help_new_1": (
        "Writes app.py and .env.example into FOLDER, or into this one, and says how to start it. "
        "No file is ever overwritten.",
        "将 app.py 和 .env.example 写入 FOLDER（默认为当前文件夹），并说明如何启动。"
        "不会覆盖任何文件。",
    ),
    "help_new_2": (
        "It signs users in and out, and handles those who decline and what goes wrong. With the "
        "sandbox it runs at once; with an AppID, its callback is http://localhost:PORT/auth.",
        "应用可以登录和退出，并处理用户拒绝和各种错误。使用沙箱可以立即运行；"
        "使用 AppID 时，回调地址是 http://localhost:PORT/auth。",
    ),
    "help_completion": (
        "Print what a shell reads to complete these commands.",
        "输出用于 shell 自动补全的脚本。",
    ),
    "help_completion_1": (
        'For bash: eval "$(authlib-xiaomi completion bash)", in ~/.bashrc.',
        '在 bash 中：将 eval "$(authlib-xiaomi completion bash)" 写入 ~/.bashrc。',
    ),
    "what_is_new": (
        "say for which framework: {names}; and a folder, if not this one",
        "请指定框架：{names}；还可以指定文件夹",
    ),
    "what_shell": ("say for which shell: {names}", "请指定 shell：{names}"),
    "occupied": (
        "{file} is there already, and nothing was written",
        "{file} 已存在，未写入任何文件",
    ),
    "new_written": ("Written: {files}", "已写入：{files}"),
    "new_folder": ("Go there:", "进入文件夹："),
    "new_install": ("Install what it needs:", "安装所需的包："),
    "new_sandbox": (
        "Run it with the sandbox, a local mock of Xiaomi:",
        "使用沙箱（本地的小米模拟服务）运行：",
    ),
    "new_xiaomi": (
        "Run it with Xiaomi, once .env.example is copied to .env and filled in:",
        "将 .env.example 复制为 .env 并填写后，连接小米运行：",
    ),
    "option_django_settings": (
        "The settings module to read; by default DJANGO_SETTINGS_MODULE's, or manage.py's.",
        "要读取的设置模块；默认取自 DJANGO_SETTINGS_MODULE 或 manage.py。",
    ),
    "help_scopes": ("List Xiaomi's scopes.", "列出小米的 scope。"),
    "help_sandbox": (
        "Run a sandbox, a local mock of Xiaomi, for development.",
        "运行沙箱（本地的小米模拟服务），用于开发。",
    ),
    "option_lang": (
        "The language: en or zh; by default that of LANG.",
        "语言：en 或 zh；默认由 LANG 决定。",
    ),
    "option_help": ("Show this and exit.", "显示此帮助。"),
    "option_version": ("Show the version and exit.", "显示版本号。"),
    "option_client_id": ("The AppID.", "AppID。"),
    "option_redirect_uri": ("The callback.", "回调地址。"),
    "option_registered": (
        "The callbacks in Xiaomi's console, separated by ';'.",
        "小米开放平台登记的回调地址，多个以 ; 分隔。",
    ),
    "option_scope": (
        'The scopes that the application asks for, such as "1 3".',
        '应用请求的 scope，例如 "1 3"。',
    ),
    "option_granted": (
        "The scopes that Xiaomi's console shows as granted to the application.",
        "小米开放平台上已授予该应用的 scope。",
    ),
    "option_env_file": (
        "The file to read in place of .env.",
        "用此文件代替 .env。",
    ),
    "option_prefix": (
        "What the variables' names begin with: the registration's name in capitals; default: "
        "XIAOMI.",
        "变量名的前缀，即注册名的大写，默认为 XIAOMI。",
    ),
    "option_base_url": (
        "Ask this server in place of Xiaomi, such as a sandbox. The AppSecret is sent to it.",
        "用此服务器代替小米，例如沙箱。AppSecret 会发送给它。",
    ),
    "option_offline": ("Leave out what needs the network.", "略过需要网络的检查。"),
    "option_json": ("Print JSON.", "输出 JSON。"),
    "usage": ("Usage: {usage}", "用法：{usage}"),
    "options": ("Options:", "选项："),
    "commands": ("Commands:", "命令："),
    "usage_options": ("[OPTIONS]", "[选项]"),
    "usage_command": ("COMMAND [ARGS]...", "命令 [参数]..."),
    # A user's mistakes.
    "error": ("error: {message}", "错误：{message}"),
    "no_such_option": ("there is no option {name}", "没有选项 {name}"),
    "no_such_command": ("there is no command {name}", "没有命令 {name}"),
    "did_you_mean": ("{message}; did you mean {names}?", "{message}；是否想用 {names}？"),
    "or": (" or ", " 或 "),
    "needs_value": ("{name} needs a value", "{name} 需要一个值"),
    "takes_no_value": ("{name} takes no value", "{name} 不带值"),
    "not_a_language": ("--lang is en or zh", "--lang 只能是 en 或 zh"),
    "not_seconds": ("{name} takes seconds, such as 0.5", "{name} 需要秒数，例如 0.5"),
    "no_arguments": ("{name} takes no arguments, only options", "{name} 不接受参数，只接受选项"),
    "what_to_explain": (
        "say what to explain, such as 96010, or - to read a text from standard input",
        "请给出要解释的内容，例如 96010；或用 - 从标准输入读取",
    ),
    "secret_refused": (
        "{name}: the AppSecret does not belong on a command line, where other users see it and the "
        "shell keeps it. Put XIAOMI_CLIENT_SECRET=… into .env (not to be committed) or into the "
        "environment. If this one is real, have Xiaomi's console issue a new one",
        "{name}：AppSecret 不应写在命令行里，其他用户能看到，shell 也会记录。"
        "请将 XIAOMI_CLIENT_SECRET=… 写入 .env（不要提交该文件）或环境变量。"
        "如果刚才输入的是真实的 AppSecret，请在小米开放平台重新生成",
    ),
    "bad_base_url": (
        "--base-url must be a URL with scheme and host, such as http://127.0.0.1:9009",
        "--base-url 必须是带协议和主机的 URL，例如 http://127.0.0.1:9009",
    ),
    "clear_base_url": (
        "--base-url {url}: the AppSecret is not sent in the clear to another machine; use https",
        "--base-url {url}：AppSecret 不能以明文发送到其他机器，请使用 https",
    ),
    "no_extra": (
        "this needs the extra {extra}: pip install 'authlib-xiaomi[{extra}]'; or, without "
        "installing it: uvx --from 'authlib-xiaomi[{extra}]' authlib-xiaomi {command}",
        "需要安装 {extra}：pip install 'authlib-xiaomi[{extra}]'；或者不安装，直接运行："
        "uvx --from 'authlib-xiaomi[{extra}]' authlib-xiaomi {command}",
    ),
    "unreadable": ("cannot read {file}: {reason}", "无法读取 {file}：{reason}"),
    "not_utf8": ("cannot read {file}: it is not UTF-8", "无法读取 {file}：不是 UTF-8 编码"),
    # explain
    "field_code": ("code", "错误码"),
    "field_name": ("name", "名称"),
    "field_error": ("OAuth error", "OAuth 错误"),
    "field_meaning": ("meaning", "含义"),
    "field_causes": ("likely causes", "可能的原因"),
    "field_advice": ("what to do", "处理办法"),
    "unknown": (
        "{value}: not one of Xiaomi's errors, as far as is known",
        "{value}：不是已知的小米错误",
    ),
    "unknown_near": (
        "{value}: not one of Xiaomi's errors, as far as is known; near it: {names}",
        "{value}：不是已知的小米错误；相近的有：{names}",
    ),
    "nothing_found": (
        "there is no error of Xiaomi's in this text; they are numbers from 96001 to 96013",
        "这段文字中没有小米的错误；小米的错误码从 96001 到 96013",
    ),
    # scopes
    "head_scope": ("scope", "scope"),
    "head_name": ("name", "名称"),
    "head_grants": ("grants", "授予的权限"),
    "head_api": ("API", "接口"),
}
