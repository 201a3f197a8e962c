/*
 * vigia serve: the page and the API, until Ctrl-C.
 */
#include "cli/cli.h"

#include "serve/serve.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const struct cli_option options[] = {
    {"port", 'p', "NUMBER", "port (default: 8450; the next free one if it is taken; 0: any free one)"},
    {"address", 0, "ADDRESS", "127.0.0.1 or ::1; others are refused until there is access control"},
    {"threads", 0, "NUMBER", "threads that answer (default: 4)"},
    {"role", 0, "NAME", "case-worker: the page shows names, each time for a reason that the audit keeps; on a computer that nobody else uses (default: reader, who sees none)"},
    {"open", 0, NULL, "open the page in a browser if there is one"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_node_options, NULL};

#define DEFAULT_PORT 8450
#define PORTS_TRIED 20

static vg_status fill_number(const struct cli_arguments *arguments, const char *name, int64_t high, int64_t *number, struct vg_error *error)
{
    const char *text = cli_value(arguments, name);
    if (text != NULL && (!vg_parse_integer(vg_text_from(text), number) || *number < 0 || *number > high)) {
        return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not a whole number from 0 to %lld", name, text, (long long)high);
    }
    return VG_OK;
}

/* A person without a terminal browser or display simply reads the address. */
static void open_browser(const char *address)
{
    if (getenv("DISPLAY") == NULL && getenv("WAYLAND_DISPLAY") == NULL) {
        return;
    }
    char *const arguments[] = {(char *)(uintptr_t)"xdg-open", (char *)(uintptr_t)address, NULL};
    pid_t child = 0;
    (void)posix_spawnp(&child, "xdg-open", NULL, NULL, arguments, environ);
}

/*
 * A node that a former version of the program wrote is brought up to date, which opening it for writing does. Where it cannot be written, the
 * server serves what it can read and says itself what it cannot.
 */
static void bring_up_to_date(const char *folder)
{
    struct vg_store *store = NULL;
    struct vg_error ignored;
    if (vg_store_open(folder, VG_STORE_WRITE, &store, &ignored) == VG_OK) {
        vg_store_close(store);
    }
}

static vg_status start(const struct cli_arguments *arguments, struct vg_server_options *wanted, struct vg_server **server, struct vg_error *error)
{
    int64_t port = DEFAULT_PORT;
    int64_t threads = 0;
    vg_status status = fill_number(arguments, "port", 65535, &port, error);
    if (status == VG_OK) {
        status = fill_number(arguments, "threads", 64, &threads, error);
    }
    if (status != VG_OK) {
        return status;
    }
    wanted->threads = (unsigned)threads;
    const char *role = cli_value(arguments, "role"); /* not from the environment: names on the page are a choice of their own */
    if (role != NULL && !vg_role_from_name(role, &wanted->role)) {
        return vg_fail(error, VG_USAGE_ERROR, "--role is reader, case-worker or administrator, not \"%.40s\"", role);
    }
    int tries = cli_value(arguments, "port") == NULL ? PORTS_TRIED : 1;
    for (int i = 0; i < tries; i++) {
        wanted->port = (uint16_t)(port + i);
        status = vg_server_start(wanted, server, error);
        if (status != VG_SYSTEM_ERROR) {
            break;
        }
    }
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_server *server = NULL;
    struct vg_server_options wanted = {.node_folder = arguments->n_operands == 1 ? arguments->operands[0] : cli_node_folder(arguments),
                                       .address = cli_value(arguments, "address")};
    /* Signals are blocked before the server's threads start, so that only this one waits for them. */
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    bring_up_to_date(wanted.node_folder);
    vg_status status = start(arguments, &wanted, &server, &error);
    if (status == VG_OK) {
        char address[128];
        bool is_v6 = wanted.address != NULL && strchr(wanted.address, ':') != NULL;
        (void)snprintf(address, sizeof address, "http://%s%s%s:%u/", is_v6 ? "[" : "", wanted.address == NULL ? "127.0.0.1" : wanted.address, is_v6 ? "]" : "",
                       vg_server_port(server));
        (void)printf("%s\nCtrl-C ends it\n", address);
        (void)fflush(stdout);
        if (cli_flag(arguments, "open")) {
            open_browser(address);
        }
        int signal_number = 0;
        (void)sigwait(&signals, &signal_number);
        vg_server_stop(server);
    }
    return cli_end(arguments, status, &error);
}

const struct cli_command cli_serve = {"serve", "[FOLDER]", "the page and the API on this machine",
                                      "Serves the node's page and API on 127.0.0.1 and prints the address. Data imported meanwhile are seen within a second.",
                                      "vigia serve --node node --port 8450", tables, run};
