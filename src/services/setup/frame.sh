#!/bin/sh
# Lets homepulse watch @PRODUCT@: makes a user and an API token that may look and nothing else,
# and tells homepulse about them. As root, on the host (of a cluster: on any one node):
#
#   sh setup.sh          set up; run again, it makes a new token and changes nothing else
#   sh setup.sh --undo   take user, token and rights back
#
# Nothing is installed, and no other user, token or right is touched.
set -eu

URL='@URL@'
HOST='@HOST@'
KIND='@KIND@'
REGISTRATION='@REGISTRATION@'
ACCOUNT='@ACCOUNT@'
TOKEN='monitor'
WITH_BACKUPS='@BACKUPS@'

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
needs() { command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: $2"; }
# The first value of a member called $1 in JSON on the standard input.
member() { tr ',{}[]' '[\n*]' | sed -n "s/^[[:space:]]*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"; }
# Whether JSON on the standard input has a member $1 with the value $2.
has() { member "$1" | grep -Fqx -- "$2"; }

@COMMANDS@
register() {
    name=$(hostname -s 2>/dev/null || uname -n)
    name=$(printf '%s' "$name" | tr -cd 'A-Za-z0-9._-')
    # Over the standard input: arguments can be seen by every user of this host.
    answer=$(printf '{"type":"%s","host":"%s","serverName":"%s","tokenId":"%s","tokenValue":"%s","fingerprint":"%s","authToken":"%s"}' \
        "$KIND" "$HOST" "$name" "$ACCOUNT!$TOKEN" "$1" "$2" "$REGISTRATION" |
        curl -sS --max-time 60 -H 'Content-Type: application/json' --data-binary @- \
            -w '\n%{http_code}' "$URL/api/auto-register") ||
        fail "homepulse does not answer at $URL"
    code=$(printf '%s\n' "$answer" | tail -n 1)
    answer=$(printf '%s\n' "$answer" | sed '$d')
    [ "$code" = 200 ] || fail "homepulse did not take it ($code): $answer"
}

set_up() {
    needs curl 'install it with: apt install curl'
    say "This will, on $(uname -n):"
    say "  make the user $ACCOUNT and its API token $TOKEN, which may look and nothing else"
    if [ "$WITH_BACKUPS" = yes ]; then plan_backups; fi
    say "  register $HOST with homepulse at $URL"
    case $URL in
    *://localhost* | *://127.* | *://\[::1\]*)
        say "  note: $URL means this host itself here; if homepulse runs elsewhere, ask it for"
        say '  this script under the address it is reached by'
        ;;
    esac
    make_user
    secret=$(make_token)
    case $secret in
    '' | *[!0-9A-Fa-f-]*) fail 'the token that was made has no secret that can be read' ;;
    esac
    grant
    print=$(fingerprint | head -n 1 | tr -cd '0-9A-Fa-f:')
    register "$secret" "$print"
    say 'Done: homepulse is looking. To take it back: sh setup.sh --undo'
}

[ "$(id -u)" -eq 0 ] || fail 'run this as root'
check_host
case ${1-} in
'') set_up ;;
--undo)
    say "This will remove the user $ACCOUNT with its token and rights."
    undo
    say 'Done. Remove the node in homepulse, too.'
    ;;
*) fail "unknown option $1; give none, or --undo" ;;
esac
