package dev.espalier.cli;

import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.monitoring.exposition.MetricsServer;
import dev.espalier.monitoring.meters.MessageMeters;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.wire.LostMessages;
import dev.espalier.protocol.wire.WireLimit;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.apache.pekko.actor.typed.Props;

/** Lets Prometheus read a local run, if the user wants that. */
public final class RunMonitoring implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final int MAX_PORT = 65535;

    private final Optional<MetricsServer> server;
    private final Meters meters;
    private final MessageMeters messages;
    private final PrintWriter err;

    private RunMonitoring(Optional<MetricsServer> server, PrintWriter err) {
        this.server = server;
        this.err = err;
        meters = server.map(open -> open.monitoring().meters()).orElseGet(Meters::none);
        messages = new MessageMeters(meters, WireLimit::refused);
    }

    /**
     * Opens the port, if there is one.
     *
     * @throws UserError if it cannot be had
     */
    public static RunMonitoring start(Optional<Integer> port, PrintWriter err) {
        Optional<MetricsServer> server = port.map(RunMonitoring::open);
        server.ifPresent(open ->
                err.println("metrics: http://" + HOST + ":" + open.address().getPort() + "/metrics"));
        return new RunMonitoring(server, err);
    }

    private static MetricsServer open(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new UserError("--metrics-port " + port + " is no port: give one of 0 to " + MAX_PORT);
        }
        try {
            return MetricsServer.start(HOST, port, Optional::empty);
        } catch (IOException e) {
            throw new UserError(
                    "--metrics-port " + port + " cannot be served at (" + e.getMessage()
                            + "): give another, or 0 for any that is free",
                    e);
        }
    }

    Meters meters() {
        return meters;
    }

    /** The companion, beside one that counts the messages which the run's actors lose. */
    LocalRun.Companion beside(LocalRun.Companion other) {
        return system -> {
            system.systemActorOf(
                    LostMessages.create(messages::dropped, messages::undelivered), "lost-messages", Props.empty());
            return other.join(system);
        };
    }

    /** Ends when a Prometheus that reads here has read the end of the run, too, or fails to come. */
    @Override
    public void close() {
        server.ifPresent(open -> {
            try (open) {
                long seconds = open.patience().toSeconds();
                if (seconds > 0) {
                    err.println("metrics: waiting up to " + seconds + " s for Prometheus to read the last values");
                }
                open.awaitLastScrape();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
