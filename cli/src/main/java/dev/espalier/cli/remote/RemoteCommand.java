package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What commands that talk to a coordinator have in common. */
abstract class RemoteCommand implements Callable<Integer> {
    @Mixin
    private RemoteOptions remote;

    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() throws IOException, InterruptedException {
        try {
            return call(remote.coordinator());
        } catch (Coordinator.Unreachable e) {
            throw e.asUserError();
        }
    }

    /** @return one of {@link dev.espalier.cli.ExitCode} */
    abstract int call(Coordinator coordinator) throws IOException, InterruptedException;

    final boolean wantsJson() {
        return json;
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** The document if it is wanted, otherwise the words for people. */
    final void print(JsonNode document, String words) {
        out().println(json ? document.toPrettyString() : words);
    }
}
