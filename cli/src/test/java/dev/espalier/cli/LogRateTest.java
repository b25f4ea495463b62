package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogRateTest {
    private final AtomicLong now = new AtomicLong();
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final Logger logger = context.getLogger("of.the.test");

    @BeforeEach
    void begin() {
        context.addTurboFilter(new LogRate(now::get));
        written.start();
        logger.addAppender(written);
    }

    @Test
    void linesOfOneKindAreLimitedAndTheRestCounted() {
        for (int i = 0; i < 1000; i++) {
            logger.error("connection " + i + " sent 4 wrong bytes");
        }
        logger.error("something else");
        assertThat(lines()).hasSize(LogRate.MOST_LINES + 1).endsWith("something else");

        now.addAndGet(LogRate.WINDOW_NANOS);
        logger.error("connection 1000 sent 4 wrong bytes");

        assertThat(lines())
                .endsWith("980 more lines like the next were left out", "connection 1000 sent 4 wrong bytes");
    }

    @Test
    void linesThatComeSlowlyAreAllWritten() {
        for (int i = 0; i < 1000; i++) {
            logger.error("a worker is gone");
            now.addAndGet(LogRate.WINDOW_NANOS / LogRate.MOST_LINES);
        }
        assertThat(lines()).hasSize(1000);
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
