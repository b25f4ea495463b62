package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of its own with a cable to this one, which can be cut: iproute2 and root are needed.
 *
 * @param name of the namespace
 * @param here this side's address
 * @param there the other side's
 */
record NetworkNamespace(String name, String here, String there) {
    private static final String HERE = "espalier-h";
    private static final String THERE = "espalier-w";

    /** Whether this process may make one: root in most containers may not. */
    static boolean isPossible() throws InterruptedException {
        try {
            String probe = "espalier-probe";
            boolean made =
                    new ProcessBuilder("ip", "netns", "add", probe).start().waitFor() == 0;
            new ProcessBuilder("ip", "netns", "delete", probe).start().waitFor();
            return made;
        } catch (IOException e) {
            // There is no iproute2.
            return false;
        }
    }

    static NetworkNamespace create() throws IOException, InterruptedException {
        NetworkNamespace made = new NetworkNamespace("espalier", "10.213.7.1", "10.213.7.2");
        made.delete();
        run("ip", "netns", "add", made.name);
        run("ip", "link", "add", HERE, "type", "veth", "peer", "name", THERE, "netns", made.name);
        run("ip", "addr", "add", made.here + "/24", "dev", HERE);
        run("ip", "link", "set", HERE, "up");
        for (String[] inside : new String[][] {
            {"addr", "add", made.there + "/24", "dev", THERE}, {"link", "set", THERE, "up"}, {"link", "set", "lo", "up"}
        }) {
            List<String> command = new ArrayList<>(List.of("ip", "-n", made.name));
            command.addAll(List.of(inside));
            run(command.toArray(String[]::new));
        }
        return made;
    }

    /** Puts a command into it. */
    List<String> prefix() {
        return List.of("ip", "netns", "exec", name);
    }

    /** Nothing gets through any more, and nobody is told. */
    void cut() throws IOException, InterruptedException {
        run("ip", "-n", name, "link", "set", THERE, "down");
    }

    void heal() throws IOException, InterruptedException {
        run("ip", "-n", name, "link", "set", THERE, "up");
    }

    void delete() throws IOException, InterruptedException {
        // Both may be there still if a test was killed.
        new ProcessBuilder("ip", "netns", "delete", name).start().waitFor();
        new ProcessBuilder("ip", "link", "delete", HERE).start().waitFor();
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + output)
                .isZero();
    }
}
