# What every golden case begins with: people, and small helpers. Sourced by run_cases.py, in an empty folder.

# A store in which ann lists bob, cid and dan (who is not registered), bob lists ann and cid, cid lists ann. All were moved
# in by the operator; their passwords are in passwords.jsonl.
town() {
  cardsrv-store init --fixture >/dev/null &&
    cardsrv-register bulk "$DATA/accounts.csv" --vouch town --json >passwords.jsonl &&
    for person in ann bob cid; do
      cardsrv-import own "$person" "$DATA/$person-own.vcf" >/dev/null || exit 97
      cardsrv-import list "$person" "$DATA/$person-list.vcf" >/dev/null || exit 97
    done || exit 97
}

# The same, matched.
matched_town() { town && cardsrv-match >/dev/null; }

# Runs a command and tells how it ended.
status() {
  "$@"
  echo "-> $?"
}

# Runs a command later.
at() {
  local time=$1
  shift
  CARDSRV_NOW=$time "$@"
}

password_of() { jq -r --arg uid "$1" 'select(.uid == $uid).password' passwords.jsonl; }

# The token that ends a pull on standard input.
token() { jq -r 'select(.kind == "state").token'; }

# The cards of a pull on standard input, one a line.
cards() { jq -c 'select(.kind == "card") | [.peer, .change, .entries]'; }

digest() { cardsrv-store digest; }

# Runs a command as somebody who may not write here, also where the tests run as root.
unprivileged() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  else
    "$@"
  fi
}

# A descriptor 3 that nobody reads.
closed_pipe() {
  exec 3> >(exit 0)
  wait $!
}

# What does not depend on how a card is written. The key is made of all that it means, where it has no UID.
meaning() {
  cardsrv-import inspect "$@" --json | jq -cS 'del(.source, .line, .index, .version, .diagnostics) | .tels |= sort | .adr |= sort'
}

# golden_format KIND FILE...: what is read of each file of the case, as facts and as vCard 4.0, and how it is written as KIND; what
# was written is read as the same cards. KIND "none": it is only read.
golden_format() {
  local kind=$1 file
  shift
  for file; do
    echo "=== $file"
    [ -e "$file" ] || cp -r "$CASE/$file" .
    status cardsrv-import inspect "$file" --json
    cardsrv-import inspect "$file" --as vcard4 2>/dev/null | tee read.vcf | tr -d '\r'
    [ "$kind" != none ] || continue
    echo "--- as $kind"
    cardsrv-import inspect "$file" --as "$kind" 2>/dev/null | tee written | tr -d '\r'
    meaning read.vcf | diff - <(meaning written) && echo "--- which reads as the same"
  done
}
