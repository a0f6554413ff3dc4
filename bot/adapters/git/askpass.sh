#!/bin/sh
# Answers git's two questions, and only when git asks them for the host that the token is meant for:
# a redirect or another remote makes git ask for another one, and gets nothing.
case $1 in
"$NIGHTSHIFT_USERNAME_PROMPT") echo x-access-token ;;
"$NIGHTSHIFT_PASSWORD_PROMPT") exec cat -- "$NIGHTSHIFT_TOKEN_FILE" ;;
*)
    echo "Nightshift has no credentials for this address: $1" >&2
    exit 1
    ;;
esac
