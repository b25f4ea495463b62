package dev.espalier.monitoring.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class LoggedRunTest {
    private final List<String> seen = new ArrayList<>();

    @Test
    void aThreadWorksForOneRunWithinAnother() {
        LoggedRun.during("pear", () -> {
            LoggedRun.during("apple", this::look);
            look();
        });
        look();
        assertThat(seen).containsExactly("apple", "pear", "none");
    }

    @Test
    void whatAnotherThreadDoesForTheRunNamesItToo() throws Exception {
        Runnable work = LoggedRun.during("pear", () -> LoggedRun.inherited(this::look));
        FutureTask<Void> other = new FutureTask<>(
                () -> {
                    work.run();
                    look();
                },
                null);
        new Thread(other).start();
        other.get();
        assertThat(seen).containsExactly("pear", "none");
    }

    private void look() {
        String run = MDC.get(LoggedRun.KEY);
        seen.add(run == null ? "none" : run);
    }
}
