# SPDX-License-Identifier: Apache-2.0
# tests/sweep/sweep.bash - promise 2: killed at any instant, a run loses nothing, doubles nothing, and the next one goes on.
#
# Each point starts from a prepared destination, runs a job that the preload library kills (SIGKILL) at the n-th send, commit or fsync, looks at
# what is left, runs the same command again, and compares with what the job makes when nobody kills it:
#   after the kill: no watermark is ahead of its rows; a reimport has left each table as it was or as it will be
#   after the second run: the same rows in every table, the same rejects; a backfill has moved no watermark
#
# A script of a source sets what is here, then calls sweep:
#   source            its name in tidemark.yaml
#   tables            the tables of its streams, each with a key `id`
#   dated             those whose rows below the watermark are told by `date_of`: an SQL expression, of SQLite and of PostgreSQL
#   whole             those that a backfill and a reimport leave as a first load does
#   jobs              NAME FROM VERSION COMMAND: what it starts from (loaded, holes, or - for nothing), and of which version the source then is
#   damage            SQL: what a backfill has to bring back
#   source_variables VERSION   sets `variables`: the environment of a run against that version; its home is $work/home
#   leave_source      takes away what it made (optional)
#
#   TIDEMARK_SWEEP_SEED    which points (default 1)
#   TIDEMARK_SWEEP_POINTS  how many (default 56; 16 in slow builds)
# shellcheck shell=bash disable=SC2154
set -u
shopt -s inherit_errexit

: "${TIDEMARK_BIN:?run me through make check}" "${TIDEMARK_SRC:?}" "${TIDEMARK_BUILD:?}" "${TIDEMARK_FAULT_SHIM:?}"
seed=${TIDEMARK_SWEEP_SEED:-1}
points=${TIDEMARK_SWEEP_POINTS:-$((${TIDEMARK_TEST_SLOW:-1} > 1 ? 16 : 56))}
kinds=(sqlite)
[[ -z ${TIDEMARK_TEST_POSTGRES_URL:-} ]] || kinds+=(postgres)
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-sweep.XXXXXX")
prefix=sweep_$$
trap 'leave' EXIT

leave() {
    local name
    ! declare -F leave_source >/dev/null || leave_source
    if [[ -n ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
        for name in $(admin "SELECT datname FROM pg_database WHERE datname LIKE '$prefix%'"); do
            admin "DROP DATABASE \"$name\" WITH (FORCE)" >/dev/null
        done
    fi
    rm -rf "$work"
}

# ---- destinations: a name stands for a SQLite file or a database of the test server ----
admin() {
    psql -X -q -A -t -d "$TIDEMARK_TEST_POSTGRES_URL" -c "$1"
}

url_of() { # KIND NAME
    if [[ $1 == sqlite ]]; then
        echo "sqlite:$work/$2.db"
    else
        # The library reads COMMIT on the wire.
        echo "${TIDEMARK_TEST_POSTGRES_URL%/*}/${prefix}_$2?sslmode=disable"
    fi
}

# Makes NAME a copy of FROM, or empty.
fresh() { # KIND NAME [FROM]
    if [[ $1 == sqlite ]]; then
        rm -f "$work/$2".db*
        [[ -z ${3:-} ]] || cp "$work/$3.db" "$work/$2.db"
    else
        admin "DROP DATABASE IF EXISTS \"${prefix}_$2\" WITH (FORCE)" 2>/dev/null
        admin "CREATE DATABASE \"${prefix}_$2\" TEMPLATE \"${3:+${prefix}_}${3:-template0}\""
    fi
}

query() { # KIND NAME SQL: rows as text, one a line, sorted
    if [[ $1 == sqlite ]]; then
        sqlite3 -batch -cmd '.timeout 10000' -cmd '.mode quote' "$work/$2.db" "$3" | LC_ALL=C sort
    else
        psql -X -q -A -t -d "$(url_of "$1" "$2")" -c "$3" | LC_ALL=C sort
    fi
}

control() { # KIND: prefix of our own tables
    if [[ $1 == sqlite ]]; then
        echo tidemark_
    else
        echo tidemark.
    fi
}

# A client that was killed may leave a server process that is still at work: wait for its end. SQLite puts its files in order when the
# file is opened next, which only one process can do.
settle() { # KIND NAME
    local deadline=$((SECONDS + 30))
    if [[ $1 == sqlite ]]; then
        query sqlite "$2" "SELECT count(*) FROM sqlite_schema" >/dev/null
        return
    fi
    until [[ $(admin "SELECT count(*) FROM pg_stat_activity WHERE datname = '${prefix}_$2'") == 0 ]]; do
        ((SECONDS < deadline)) || return 1
    done
}

# What a destination holds: a file per table, its keys and indexes (SQLite's come with the table) and the rejects.
contents() { # KIND NAME DIR
    local table
    mkdir -p "$3"
    for table in "${tables[@]}"; do
        query "$1" "$2" "SELECT * FROM $table" >"$3/$table" 2>/dev/null || : >"$3/$table"
    done
    [[ $1 == sqlite ]] || query "$1" "$2" "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'" >"$3/keys"
    query "$1" "$2" "SELECT stream, \"key\", reason, column_name, \"row\", dismissed_at IS NULL FROM $(control "$1")rejects" \
        >"$3/rejects" 2>/dev/null || : >"$3/rejects"
}

watermarks() { # KIND NAME
    query "$1" "$2" "SELECT stream, watermark FROM $(control "$1")streams WHERE watermark IS NOT NULL" 2>/dev/null
}

# ---- runs ----
mkdir -p "$work/home/config"

run() { # KIND NAME VERSION JOB…; $with: more environment
    local kind=$1 name=$2 variables=()
    source_variables "$3"
    shift 3
    # The braces keep the shell from announcing each death.
    { (cd "$work/home" && exec env -i PATH="$PATH" HOME="$work/home" "${variables[@]}" \
        TIDEMARK_DESTINATION="$(url_of "$kind" "$name")" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
        UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" LSAN_OPTIONS=detect_leaks=0 "${with[@]}" \
        "$TIDEMARK_BIN" --state "$work/$name.state" --batch "$@") >"$work/out" 2>&1 </dev/null; } 2>/dev/null
}
with=()

# Rows were rejected (1) or not (0): both are a finished run.
finished() {
    [[ $1 == 0 || $1 == 1 ]]
}

count=0 failures=0
verdict() { # STATUS NAME
    count=$((count + 1))
    if [[ $1 == 0 ]]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failures=$((failures + 1))
    fi
}

note() {
    printf '%s\n' "$@" | sed 's/^/# /'
}

# Each row of the clean result that is not newer than the watermark must be there, or wait in the rejects.
watermark_holds() { # KIND NAME CLEAN
    local table bad=0 missing
    for table in "${dated[@]}"; do
        missing=$(comm -13 <({ query "$1" "$2" "SELECT id FROM $table" &&
            query "$1" "$2" "SELECT \"key\" FROM $(control "$1")rejects WHERE stream = '$source.$table'"; } 2>/dev/null | LC_ALL=C sort) \
            <(below_watermark "$1" "$2" "$3" "$table"))
        [[ -z $missing ]] || { note "$table lacks rows below its watermark: $(head -n 3 <<<"$missing" | tr '\n' ' ')" && bad=1; }
    done
    return $bad
}

# Keys of the clean table whose later date is not above the watermark that the killed destination states.
below_watermark() { # KIND NAME CLEAN TABLE
    local mark
    if [[ $1 == sqlite ]]; then
        sqlite3 -batch "$work/$3.db" -cmd '.timeout 10000' -cmd '.mode quote' "ATTACH '$work/$2.db' AS killed;
            SELECT id FROM $4 WHERE ${date_of[0]} <=
                (SELECT watermark FROM killed.tidemark_streams WHERE stream = '$source.$4')" 2>/dev/null | LC_ALL=C sort
    else
        mark=$(query "$1" "$2" "SELECT watermark AT TIME ZONE 'UTC' FROM tidemark.streams WHERE stream = '$source.$4'" 2>/dev/null)
        [[ -z $mark ]] || query "$1" "$3" "SELECT id FROM $4 WHERE ${date_of[1]} <= '$mark'"
    fi
}

# A reimport shows a table as it was or as it will be, never in between.
old_or_new() { # NOW BEFORE AFTER
    local table
    for table in "${tables[@]}"; do
        cmp -s "$1/$table" "$2/$table" || cmp -s "$1/$table" "$3/$table" || { note "$table is neither old nor new" && return 1; }
    done
}

# The n-th point: which class, which call; the same for the same seed.
choose() { # POINT COUNT: 1 … COUNT
    local hash
    hash=$(printf '%s %s' "$seed" "$1" | cksum)
    echo $((1 + ${hash%% *} % $2))
}

# ---- preparation: what each job starts from, and makes when left alone ----
classes=(send commit fsync)

prepare() { # KIND
    local kind=$1 line name from version command table
    fresh "$kind" loaded
    run "$kind" loaded v0 sync
    finished $? || { note "the first load failed" "$(cat "$work/out")" && return 1; }
    settle "$kind" loaded
    # Rows that a backfill has to bring back: lost ones and changed ones.
    fresh "$kind" holes loaded
    if [[ $kind == sqlite ]]; then
        sqlite3 "$work/holes.db" "$damage"
    else
        psql -X -q -d "$(url_of "$kind" holes)" -c "$damage"
    fi
    for line in "${jobs[@]}"; do
        read -r name from version command <<<"$line"
        [[ $from != - ]] || from=
        fresh "$kind" "clean_$name" $from
        read -r -a command <<<"$command"
        with=(LD_PRELOAD="$TIDEMARK_FAULT_SHIM" TIDEMARK_FAULT_COUNT="$work/count_${kind}_$name")
        run "$kind" "clean_$name" "$version" "${command[@]}"
        finished $? || { note "$name on $kind failed when nobody killed it" "$(cat "$work/out")" && return 1; }
        with=()
        settle "$kind" "clean_$name"
        contents "$kind" "clean_$name" "$work/after_${kind}_$name"
        contents "$kind" "${from:-clean_$name}" "$work/before_${kind}_$name"
        watermarks "$kind" "clean_$name" >"$work/marks_${kind}_$name"
    done
    # Left alone, a backfill and a reimport end where a first load of the same version ends.
    fresh "$kind" whole
    run "$kind" whole v2 sync
    contents "$kind" whole "$work/whole_$kind"
    for table in "${whole[@]}"; do
        cmp -s "$work/whole_$kind/$table" "$work/after_${kind}_reimport/$table" || { note "a reimport of $table differs from a clean load" && return 1; }
        cmp -s "$work/after_${kind}_first/$table" "$work/after_${kind}_backfill/$table" ||
            { note "a backfill of $table did not bring back what was lost" && return 1; }
    done
}

killed=0
point() { # NUMBER KIND JOB-LINE
    local number=$1 kind=$2 name from version command class total at status bad=0
    read -r name from version command <<<"$3"
    read -r -a command <<<"$command"
    [[ $from != - ]] || from=
    class=${classes[number % 3]}
    total=$(sed -n "s/^$class //p" "$work/count_${kind}_$name")
    if [[ -z $total || $total == 0 ]]; then
        class=send
        total=$(sed -n "s/^send //p" "$work/count_${kind}_$name")
    fi
    at=$(choose "$number" "$total")
    rm -f "$work/victim.state"*
    fresh "$kind" victim $from
    with=(LD_PRELOAD="$TIDEMARK_FAULT_SHIM" TIDEMARK_FAULT="$class:$at")
    run "$kind" victim "$version" "${command[@]}"
    status=$?
    with=()
    ((status != 137)) || killed=$((killed + 1))
    [[ $status == 137 ]] || finished $status || { note "ended with $status instead of being killed" "$(cat "$work/out")" && bad=1; }
    settle "$kind" victim || { note "a server process of the killed run does not end" && bad=1; }
    # A backfill starts with rows missing below the watermark; that it moves none is seen at the end.
    [[ $name == backfill ]] || watermark_holds "$kind" victim "clean_$name" || bad=1
    if [[ $name == reimport ]]; then
        contents "$kind" victim "$work/now"
        old_or_new "$work/now" "$work/before_${kind}_$name" "$work/after_${kind}_$name" || bad=1
    fi
    run "$kind" victim "$version" "${command[@]}"
    status=$?
    finished $status || { note "the second run ended with $status" "$(cat "$work/out")" && bad=1; }
    contents "$kind" victim "$work/now"
    diff -r "$work/after_${kind}_$name" "$work/now" >"$work/diff" || { note "differs from a run that nobody killed:" "$(head -n 12 "$work/diff")" && bad=1; }
    watermarks "$kind" victim >"$work/marks"
    cmp -s "$work/marks" "$work/marks_${kind}_$name" || { note "watermarks differ" "$(diff "$work/marks_${kind}_$name" "$work/marks")" && bad=1; }
    verdict $bad "$kind: $name killed at $class $at of $total"
}

sweep() {
    local number status
    echo "# seed $seed, $points points over ${kinds[*]}; set TIDEMARK_SWEEP_SEED and TIDEMARK_SWEEP_POINTS for others"
    for kind in "${kinds[@]}"; do
        prepare "$kind"
        status=$?
        verdict $status "$kind: the jobs end as they should when left alone"
        ((status == 0)) || continue
        for ((number = 0; number < points / ${#kinds[@]}; number++)); do
            point "$number" "$kind" "${jobs[(number / 3) % ${#jobs[@]}]}"
        done
    done
    ((killed * 10 >= (count - ${#kinds[@]}) * 7))
    verdict $? "most points were reached ($killed of $((count - ${#kinds[@]})))"
    [[ -n ${TIDEMARK_TEST_POSTGRES_URL:-} ]] || { count=$((count + 1)) && echo "ok $count # SKIP no PostgreSQL server (TIDEMARK_TEST_POSTGRES_URL)"; }
    echo "1..$count"
    ((failures == 0))
}
