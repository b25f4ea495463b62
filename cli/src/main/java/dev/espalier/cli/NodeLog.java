package dev.espalier.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.espalier.monitoring.logs.LoggedRun;
import org.slf4j.LoggerFactory;

/** What a node logs goes to standard error, where supervisors and containers look: who comes, who goes, and why. */
final class NodeLog {
    /** The run that a line is about, if it is about one. */
    private static final String RUN = "%replace(run=%X{" + LoggedRun.KEY + "} ){'^run= $',''}";

    private NodeLog() {}

    static void begin() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.addTurboFilter(new LogRate(System::nanoTime));
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level " + RUN + "%logger{24} %msg%n%ex");
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.INFO);
        // It has a console of its own for commands that are not nodes.
        context.getLogger("dev.espalier").detachAndStopAllAppenders();
        // What each stream and dead letter says is of no use to whoever runs a node.
        context.getLogger("org.apache.pekko.stream").setLevel(Level.ERROR);
        context.getLogger("org.apache.pekko.actor.LocalActorRef").setLevel(Level.WARN);
    }
}
