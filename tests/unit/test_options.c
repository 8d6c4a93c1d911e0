/* test_options.c - argv into a struct: the ways engines and people write options. */
#include "test.h"
#include "base/fail.h"
#include "base/text.h"
#include "cli/cli.h"

struct result {
	bool force, detach;
	const char *bundle;
	const char **env;
	unsigned fds;
	int level;
	unsigned wait;
};

#define AT(m) offsetof(struct result, m)
static const struct option rows[] = {
	{ "force", 'f', OPTION_FLAG, AT(force), NULL, "by force" },
	{ "detach", 'd', OPTION_FLAG, AT(detach), NULL, "in the background" },
	{ "bundle", 'b', OPTION_STRING, AT(bundle), "DIR", "the bundle" },
	{ "env", 'e', OPTION_STRINGS, AT(env), "K=V", "a variable" },
	{ "preserve-fds", 0, OPTION_UNSIGNED, AT(fds), "N", "descriptors" },
	{ "level", 0, OPTION_INT, AT(level), "N", "a number" },
	{ "wait", 0, OPTION_WAIT, AT(wait), "[=SECONDS]", "until it ended" },
	{ "no-subreaper", 0, OPTION_IGNORED_FLAG },
	{ "criu", 0, OPTION_IGNORED_STRING },
	{ NULL },
};

enum { WORDS = 10 };
static char *argv[WORDS + 2];

/* argv as main gets it, from a list that ends with NULL. */
static int parse(const char *const words[WORDS], bool stop, struct result *r, char ***ret_args)
{
	int argc = 1;

	memset(argv, 0, sizeof argv);
	argv[0] = (char *)"ring3";
	for (; argc <= WORDS && words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	*r = (struct result){ 0 };
	return options_parse(rows, argc, argv, stop, r, ret_args);
}

#define PARSE(stop, ...) parse((const char *const[WORDS]){ __VA_ARGS__ }, stop, &r, &args)
#define REFUSED(words, ...)                                                                        \
	do {                                                                                       \
		assert_int_equal(PARSE(false, __VA_ARGS__), -1);                                   \
		assert_string_equal(failure()->text, words);                                       \
	} while (0)

static struct result r;
static char **args;

static void optional_seconds(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "--wait", "5"), 0);
	assert_int_equal(r.wait, 10);
	assert_string_equal(args[0], "5"); /* a container may be called so */
	assert_int_equal(PARSE(false, "--wait=5"), 0);
	assert_int_equal(r.wait, 5);
	REFUSED("invalid value \"0\" for flag -wait: expected a whole number from 1 to 604800",
		"--wait=0");
	REFUSED("invalid value \"soon\" for flag -wait: expected a whole number from 1 to 604800",
		"--wait=soon");
}

static void all_spellings(void **state)
{
	static const char *const spellings[][3] = {
		{ "--bundle", "B" }, { "--bundle=B" }, { "-bundle", "B" }, { "-bundle=B" },
		{ "-b", "B" },	     { "-b=B" },       { "--b", "B" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(spellings); i++) {
		assert_int_equal(PARSE(false, spellings[i][0], spellings[i][1]), 0);
		assert_string_equal(r.bundle, "B");
		assert_null(args[0]);
	}
	assert_int_equal(PARSE(false, "--bundle=a=b"), 0);
	assert_string_equal(r.bundle, "a=b");
	assert_int_equal(PARSE(false, "--bundle", "--force"),
			 0); /* a value may look like an option */
	assert_string_equal(r.bundle, "--force");
	assert_false(r.force);
}

static void flags(void **state)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "--force", true }, { "--force=true", true },	 { "-f", true },
		{ "-force", true },  { "--force=1", true },	 { "--force=false", false },
		{ "-f=0", false },   { "--force=FALSE", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_int_equal(PARSE(false, "--detach", words[i].word, "ID"), 0);
		assert_int_equal(r.force, words[i].value);
		assert_true(r.detach);
		assert_string_equal(args[0], "ID"); /* a flag never takes the next word */
	}
	REFUSED("invalid value \"maybe\" for flag -force: expected true or false", "--force=maybe");
	REFUSED("invalid value \"\" for flag -force: expected true or false", "--force=");
}

static void last_wins(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "-b", "one", "--force", "--bundle=two", "--force=false"), 0);
	assert_string_equal(r.bundle, "two");
	assert_false(r.force);
	assert_int_equal(PARSE(false, "-b", "one", "--bundle="), 0);
	assert_null(r.bundle); /* empty: as if not given */
}

static void double_dash(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "--force", "--", "--detach", "-b"), 0);
	assert_true(r.force);
	assert_false(r.detach);
	assert_string_equal(args[0], "--detach");
	assert_string_equal(args[1], "-b");
	assert_null(args[2]);
}

static void permutes(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "ID", "--bundle", "B", "9", "-f", "-"), 0);
	assert_string_equal(r.bundle, "B");
	assert_true(r.force);
	assert_string_equal(args[0], "ID");
	assert_string_equal(args[1], "9");
	assert_string_equal(args[2], "-");
	assert_null(args[3]);
}

static void stops(void **state)
{
	(void)state;
	assert_int_equal(PARSE(true, "-f", "ID", "ls", "-d", "--", "--nonsense"), 0);
	assert_true(r.force);
	assert_false(r.detach);
	assert_string_equal(args[0], "ID");
	assert_string_equal(args[2], "-d");
	assert_string_equal(args[4], "--nonsense");
	assert_null(args[5]);
}

static void errors(void **state)
{
	(void)state;
	REFUSED("flag provided but not defined: -invalidflag", "--invalidflag");
	REFUSED("flag provided but not defined: -invalidflag", "-invalidflag=3", "ID");
	REFUSED("flag provided but not defined: -forc", "--forc");
	REFUSED("flag provided but not defined: -", "--=x");
	REFUSED("flag needs an argument: -bundle", "ID", "--bundle");
	REFUSED("flag needs an argument: -b", "-b");
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "--preserve-fds", "4294967295", "--level=-5"), 0);
	assert_int_equal(r.fds, UINT32_MAX);
	assert_int_equal(r.level, -5);
	REFUSED("invalid value \"-1\" for flag -preserve-fds: expected a whole number from 0 to "
		"4294967295",
		"--preserve-fds", "-1");
	REFUSED("invalid value \"4294967296\" for flag -preserve-fds: expected a whole number from "
		"0 to 4294967295",
		"--preserve-fds=4294967296");
	REFUSED("invalid value \"1x\" for flag -preserve-fds: expected a whole number from 0 to "
		"4294967295",
		"--preserve-fds=1x");
}

static void repeatable(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "-e", "A=1", "--env=B=2", "-e", ""), 0);
	assert_string_equal(r.env[0], "A=1");
	assert_string_equal(r.env[1], "B=2");
	assert_string_equal(r.env[2], "");
	assert_null(r.env[3]);
	free(r.env);
}

static void ignored(void **state)
{
	(void)state;
	assert_int_equal(PARSE(false, "-no-subreaper", "--criu", "/usr/sbin/criu", "ID",
			       "--no-subreaper=false"),
			 0);
	assert_string_equal(args[0], "ID");
	assert_null(args[1]);
}

static void help(void **state)
{
	static const char *const words[] = { "--help", "-h", "-help", "-?" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		args = argv;
		assert_int_equal(PARSE(false, "ID", words[i], "--nonsense"), 0);
		assert_null(args);
	}
	assert_int_equal(PARSE(true, "ID", "--help"), 0); /* of the program that is executed */
	assert_string_equal(args[1], "--help");
}

static void help_text(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	options_help(&text, rows);
	assert_non_null(strstr(text.data, "  -b, --bundle DIR"));
	assert_non_null(strstr(text.data, "      --preserve-fds N"));
	assert_non_null(strstr(text.data, "by force\n"));
	assert_null(strstr(text.data, "criu"));
}

/* A command cannot be reached, or an option has no effect, when another row has its name. */
static void tables(void **state)
{
	(void)state;
	for (const struct command *const *c = commands; *c; c++) {
		for (const struct command *const *d = commands; *d != *c; d++)
			assert_string_not_equal((*c)->name, (*d)->name);
		for (const struct option *o = (*c)->options; o->name; o++)
			for (const struct option *p = (*c)->options; p != o; p++)
				if (!strcmp(o->name, p->name) ||
				    (o->letter && o->letter == p->letter))
					fail_msg("%s has --%s and --%s", (*c)->name, p->name,
						 o->name);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("EC-01 --opt V, --opt=V, -opt V, -opt=V and -o V are one option",
		     all_spellings),
		TEST("EC-01 a flag takes =true and =false, never the next word", flags),
		TEST("EC-02 the last of a repeated option wins", last_wins),
		TEST("EC-02 -- ends options", double_dash),
		TEST("EC-03 options may follow the positionals", permutes),
		TEST("EC-03 parsing stops at the first positional where asked", stops),
		TEST("EC-05 unknown options and missing values are named", errors),
		TEST("numbers are whole and in range", numbers),
		TEST("--wait has a value only behind =", optional_seconds),
		TEST("a repeatable option keeps every value in order", repeatable),
		TEST("EC-04 options that mean nothing here are taken", ignored),
		TEST("help ends parsing, but not behind the first positional that stops it", help),
		TEST("help is made from the rows", help_text),
		TEST("names and letters of commands and options are unique", tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
