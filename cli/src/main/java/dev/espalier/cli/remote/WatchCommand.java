package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.progress.Console;
import dev.espalier.cli.progress.RunProgress;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code espalier watch}: the progress of a run on a coordinator, as a local run shows it. */
@Command(
        name = "watch",
        description = {
            "Show a run's progress until it ends.",
            "Exit code 0: it completed; 1: it failed, was cancelled or removed. A lost connection is made again."
        },
        mixinStandardHelpOptions = true)
public final class WatchCommand extends RemoteCommand {
    /** Three heartbeats. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long MOST_SECONDS_BETWEEN_TRIES = 10;

    @Parameters(paramLabel = "RUN", description = "The run's name; 'espalier ls' has them all.")
    private String run;

    private Optional<String> heard = Optional.empty();
    private boolean connected;

    @Override
    int call(Coordinator coordinator) throws IOException, InterruptedException {
        JsonNode config = coordinator.get("/runs/" + Coordinator.segment(run) + "/config");
        Console console = Console.of(err());
        RunProgress progress =
                new RunProgress(console, new StagePlan(RunConfigReader.parse(config.toString()), Methods.stages()));
        EventTeller.End end = follow(coordinator, new EventTeller(progress), console);
        console.clear();
        if (end.removed()) {
            err().println("espalier: run " + run + " was removed");
            return ExitCode.FAILED;
        }
        JsonNode manifest = coordinator.get("/runs/" + Coordinator.segment(run));
        print(manifest, StatusCommand.words(manifest));
        return end.state().equals("COMPLETED") ? ExitCode.DONE : failed(end);
    }

    private int failed(EventTeller.End end) {
        if (end.state().equals("FAILED")) {
            err().println("espalier: stage " + end.stage() + " failed: " + end.cause());
            err().println("Mend that, then 'espalier resume " + run + "' goes on with this stage.");
        } else {
            err().println("espalier: run " + run + " was cancelled");
        }
        return ExitCode.FAILED;
    }

    private EventTeller.End follow(Coordinator coordinator, EventTeller teller, Console console)
            throws IOException, InterruptedException {
        connected = true;
        long wait = 1;
        while (true) {
            try (EventReader events = new EventReader(coordinator.events(run, heard), PATIENCE)) {
                if (!connected) {
                    console.say("connected again");
                    connected = true;
                }
                wait = 1;
                Optional<EventTeller.End> end = untilTheEnd(events, teller, console);
                if (end.isPresent()) {
                    return end.get();
                }
            } catch (Coordinator.Unknown e) {
                // it was there when the watch began
                return new EventTeller.End(EventTeller.End.REMOVED, "", "");
            } catch (IOException | IllegalStateException e) {
                if (connected) {
                    console.say(e.getMessage() + "; trying again until it is back (Ctrl-C ends the watch only)");
                }
                connected = false;
            }
            TimeUnit.SECONDS.sleep(wait);
            wait = Math.min(MOST_SECONDS_BETWEEN_TRIES, 2 * wait);
        }
    }

    /** Empty if the stream ended before the run. */
    private Optional<EventTeller.End> untilTheEnd(EventReader events, EventTeller teller, Console console)
            throws IOException {
        while (true) {
            Optional<EventReader.Event> event = events.next();
            if (event.isEmpty()) {
                return Optional.empty();
            }
            if (!event.get().id().isEmpty()) {
                heard = Optional.of(event.get().id());
            }
            if (event.get().kind().equals("broken")) {
                console.say("the run broke off, and is taken up again: see the coordinator's log");
            }
            Optional<EventTeller.End> end = teller.tell(event.get());
            if (end.isPresent()) {
                return end;
            }
        }
    }
}
