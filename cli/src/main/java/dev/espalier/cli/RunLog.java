package dev.espalier.cli;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import dev.espalier.protocol.config.ResolvedRun;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** {@code espalier.log} of a run folder: what the process logs while it works on the run, stack traces included. */
final class RunLog implements AutoCloseable {
    static final String NAME = "espalier.log";

    private final FileAppender<ILoggingEvent> appender = new FileAppender<>();

    private RunLog(Path file, String run) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        // All that the process does is for this run, on whatever thread.
        encoder.setPattern(
                "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level run=" + run + " %logger{36} [%thread] %msg%n%ex");
        encoder.start();
        appender.setContext(context);
        appender.setName(NAME);
        appender.setFile(file.toString());
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
    }

    /** Appends to the log in the run's folder, which must exist, until closed. */
    static RunLog open(ResolvedRun run) {
        return new RunLog(run.directory().resolve(NAME), run.config().name());
    }

    /** Writes the stack trace down. */
    LoggedException logged(Exception e) {
        LoggerFactory.getLogger("run").error("the run broke off", e);
        return new LoggedException(e, path());
    }

    Path path() {
        return Path.of(appender.getFile());
    }

    @Override
    public void close() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("ROOT").detachAppender(appender);
        appender.stop();
    }
}
