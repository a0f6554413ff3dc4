#!/bin/sh
# Answers git's two questions, and only when git asks them for the host that the token is meant for:
# a redirect or another remote makes git ask for another one, and gets nothing.
# The shell itself reads the token: no further process has it, nor the environment that git was given.
case $1 in
"$NIGHTSHIFT_USERNAME_PROMPT") echo x-access-token ;;
"$NIGHTSHIFT_PASSWORD_PROMPT")
    IFS= read -r token <"$NIGHTSHIFT_TOKEN_FILE" || [ -n "$token" ] || exit 1
    printf %s "$token"
    ;;
*)
    echo "Nightshift has no credentials for this address: $1" >&2
    exit 1
    ;;
esac
