"""In place of curl, which not every machine has: what the pages use of it."""

from __future__ import annotations

import os
import sys

import requests


def main(words: list[str]) -> None:
    """Send the request, and print the answer."""
    headers, data, url = {}, None, ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = words.pop(0)
        else:
            assert not word.startswith("-"), word
            url = word.replace("http://127.0.0.1:9009", os.environ["SANDBOX_URL"])
    answer = requests.request(
        "POST" if data else "GET", url, data=data, headers=headers, timeout=60
    )
    answer.raise_for_status()
    print(answer.text)


if __name__ == "__main__":
    main(sys.argv[1:])
