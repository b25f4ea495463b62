package dev.espalier.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code espalier COMMAND} as a process of its own.
 *
 * @param log its standard output and error
 */
record NodeProcessHandle(Process process, Path log) {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern READINESS = Pattern.compile("readiness at (\\S+)");

    static NodeProcessHandle start(Path log, Object... arguments) throws IOException {
        return start(List.of(), Redirect.to(log.toFile()), log, arguments);
    }

    /** @param prefix a command that starts it, such as one that enters a network namespace */
    static NodeProcessHandle start(List<String> prefix, Redirect output, Path log, Object... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                // Nodes in tests are started often and live shortly.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Espalier.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().put("OMP_NUM_THREADS", "1");
        return new NodeProcessHandle(builder.start(), log);
    }

    /** What the node answers to {@code /ready}; empty while it answers nothing. */
    Optional<Integer> readiness() throws IOException, InterruptedException {
        Matcher announced = READINESS.matcher(Files.readString(log));
        if (!announced.find()) {
            return Optional.empty();
        }
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(announced.group(1))).build();
        try {
            return Optional.of(
                    CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
        } catch (IOException e) {
            // It has stopped, perhaps while it answered.
            return Optional.empty();
        }
    }

    /** As {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM. */
    int terminate() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }
}
