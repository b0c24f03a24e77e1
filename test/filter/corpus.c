/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus EXPRESSIONS NAME=CAPTURE...: every filter of the file over the captures of its links, once
 * by libpcap's bpf_filter() and once by each engine, packet by packet. One line of KTAP for a
 * filter and a link; corpus_test.py makes the captures.
 */
#define _GNU_SOURCE 1
#include <pcap/pcap.h>

#include "filter.h"

enum { LINKS_MAX = 24, WORDS_MAX = 24, LINE_MAX_BYTES = 512 };

struct packet {
	uint8_t *data;
	uint32_t size, size_on_wire;
};

struct link {
	const char *name;
	int type;
	struct packet *packets;
	size_t count;
};

static struct link links[LINKS_MAX];
static size_t link_count;
static struct skep_runtime *runtimes[2];
static unsigned tests, failures;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "corpus: %s: %s\n", what, why);
	exit(2);
}

static void read_capture(const char *argument)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct link *link = &links[link_count++];
	const char *path = strchr(argument, '=');
	struct pcap_pkthdr *header;
	const unsigned char *data;
	pcap_t *pcap;

	if (path == NULL || link_count == LINKS_MAX)
		die(argument, "not a capture's name and file");
	link->name = strndup(argument, (size_t)(path - argument));
	pcap = pcap_open_offline(path + 1, reason);
	if (pcap == NULL)
		die(path + 1, reason);
	link->type = pcap_datalink(pcap);
	while (pcap_next_ex(pcap, &header, &data) == 1) {
		struct packet *packet;

		link->packets = realloc(link->packets, (link->count + 1) * sizeof(*packet));
		packet = &link->packets[link->count++];
		/* Memory of its own, for AddressSanitizer to guard. */
		*packet = (struct packet){ malloc(header->caplen), header->caplen, header->len };
		memcpy(packet->data, data, header->caplen);
	}
	pcap_close(pcap);
}

/* Packets that match, or -1: not the same everywhere, or not to be had, which was told. */
static long compare(const struct link *link, const struct bpf_program *program,
		    struct skep_object *const objects[2])
{
	long matched = 0;

	for (size_t i = 0; i < link->count; i++) {
		const struct packet *packet = &link->packets[i];
		struct skep_skb skb = {
			/* Not NULL where malloc() gave that for nothing. */
			.data = packet->data != NULL ? packet->data : (uint8_t *)&skb,
			.len = packet->size_on_wire,
		};
		const uint64_t wanted = bpf_filter(program->bf_insns, packet->data,
						   packet->size_on_wire, packet->size);

		skb.data_end = skb.data + packet->size;
		for (size_t engine = 0; engine < 2; engine++) {
			const uint64_t found = run_filter(objects[engine], &skb);

			if (found == wanted)
				continue;
			printf("# packet %zu, %u of %u bytes: libpcap %llu, engine %zu %llu\n", i,
			       packet->size, packet->size_on_wire, (unsigned long long)wanted,
			       engine, (unsigned long long)found);
			return -1;
		}
		matched += wanted != 0;
	}
	return matched;
}

static long run_expression(const struct link *link, const char *expression)
{
	pcap_t *pcap = pcap_open_dead(link->type, 262144);
	struct skep_object *objects[2] = { NULL, NULL };
	struct bpf_program program = { 0, NULL };
	long matched = -1;
	int err = 0;

	if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		printf("# libpcap: %s\n", pcap_geterr(pcap));
	else
		for (size_t engine = 0; engine < 2 && err == 0; engine++)
			objects[engine] =
				load_filter(runtimes[engine],
					    (const struct skep_classic_insn *)program.bf_insns,
					    program.bf_len, SKEP_CLASSIC_LIBPCAP, &err);
	if (err != 0)
		printf("# skep: %s\n", last_report);
	else if (program.bf_insns != NULL)
		matched = compare(link, &program, objects);
	skep_object_close(objects[0]);
	skep_object_close(objects[1]);
	pcap_freecode(&program);
	pcap_close(pcap);
	return matched;
}

static void report(const struct link *link, const char *expression, bool trivial)
{
	const long matched = run_expression(link, expression);
	const long all = (long)link->count;
	bool ok = matched >= 0;

	if (ok && (matched == 0 || matched == all) != trivial) {
		printf("# it matches %ld of %ld packets\n", matched, all);
		ok = false;
	}
	tests++;
	failures += !ok;
	printf("%s %u %s: %s (%ld of %ld)\n", ok ? "ok" : "not ok", tests, link->name, expression,
	       matched, all);
}

/* Cuts a line into words; returns how many. */
static size_t cut(char *line, char *words[WORDS_MAX])
{
	size_t count = 0;

	for (char *word = strtok(line, " \n"); word != NULL && count < WORDS_MAX;
	     word = strtok(NULL, " \n"))
		words[count++] = word;
	return count;
}

static const struct link *find_link(const char *name)
{
	for (size_t i = 0; i < link_count; i++)
		if (strcmp(links[i].name, name) == 0)
			return &links[i];
	die(name, "no capture has this name");
	return NULL;
}

static void run_file(FILE *file)
{
	const struct link *chosen[WORDS_MAX];
	char line[LINE_MAX_BYTES], *words[WORDS_MAX];
	size_t chosen_count = 0;
	bool trivial = false;

	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "links:", 6) == 0) {
			const size_t count = cut(line + 6, words);

			trivial = count > 2 && strcmp(words[0], "all") == 0;
			chosen_count = 0;
			for (size_t i = trivial ? 2 : 0; i < count; i++)
				chosen[chosen_count++] = find_link(words[i]);
			continue;
		}
		for (size_t i = 0; i < chosen_count; i++)
			report(chosen[i], line, trivial);
	}
}

int main(int argc, char **argv)
{
	FILE *file = argc > 2 ? fopen(argv[1], "r") : NULL;

	if (file == NULL)
		die("usage", "corpus EXPRESSIONS NAME=CAPTURE...");
	for (int i = 2; i < argc; i++)
		read_capture(argv[i]);
	runtimes[0] = runtime_on(SKEP_ENGINE_INTERP);
	runtimes[1] = runtime_on(SKEP_ENGINE_AUTO);
	printf("KTAP version 1\n");
	run_file(file);
	printf("1..%u\n", tests);
	fclose(file);
	skep_runtime_close(runtimes[0]);
	skep_runtime_close(runtimes[1]);
	for (size_t i = 0; i < link_count; i++) {
		for (size_t at = 0; at < links[i].count; at++)
			free(links[i].packets[at].data);
		free(links[i].packets);
		free((char *)(uintptr_t)links[i].name);
	}
	return failures != 0;
}
