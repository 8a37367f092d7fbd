# SPDX-License-Identifier: Apache-2.0
# Turns state/sql/NNN_name.sql, given in order, into the C array that state/migrations.h declares. Comment lines stay out.
BEGIN {
    print "/* made from state/sql by state/sql2c.awk */"
    print "#include \"state/migrations.h\"\n"
    print "const StateMigration state_migrations[] = {"
}
FNR == 1 {
    if (NR > 1) print "},"
    name = FILENAME
    sub(/^.*\//, "", name)
    number = name
    sub(/_.*$/, "", number)
    printf "    { .version = %d, .name = \"%s\", .sql =\n", number + 0, name
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    printf "        \"%s\\n\"\n", $0
}
END {
    print "},"
    print "    { 0 },\n};"
}
