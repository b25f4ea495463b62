package dev.espalier.coordinator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.FreePort;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresJournalTest {
    private static final int AT_ONCE = 8;

    private static PostgresServer server;

    @BeforeAll
    static void start() throws Exception {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private static Journal journal(String database) {
        return new PostgresJournal(server.url(database), PostgresServer.USER, PostgresServer.PASSWORD, false);
    }

    @Test
    void coordinatorsThatStartAtOnceAllFindTheTables() throws Exception {
        server.execute("CREATE DATABASE fresh");
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<CompletableFuture<Void>> starts = IntStream.range(0, AT_ONCE)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> createTogether(together), threads))
                    .toList();
            starts.forEach(CompletableFuture::join);
        } finally {
            threads.shutdown();
        }
        assertThat(journal("fresh").unwritable()).isEmpty();
    }

    private static void createTogether(CyclicBarrier together) {
        try {
            together.await();
            journal("fresh").open(Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDatabaseThatIsAwayIsToldAndThatItIsBack() throws Exception {
        try (PostgresServer mortal = PostgresServer.start()) {
            Journal journal = Journal.of(mortal.config(), null, true);
            journal.open(Optional.empty());
            assertThat(journal.unwritable()).isEmpty();
            mortal.pause();
            assertThat(journal.unwritable())
                    .hasValueSatisfying(text -> assertThat(text).contains("cannot be written", "127.0.0.1", "refused"));
            mortal.resume();
            assertThat(journal.unwritable()).isEmpty();
        }
    }

    @Test
    void whoStandsAloneSharesTheDatabaseWithNobodyAndThoseOfAClusterDo() throws Exception {
        server.execute("CREATE DATABASE claimed");
        try (Journal alone = alone()) {
            alone.open(Optional.empty());
            for (Journal other : List.of(alone(), journal("claimed"))) {
                assertThatThrownBy(() -> other.open(Optional.empty()))
                        .isInstanceOf(UserError.class)
                        .hasMessageContaining("in use by another coordinator")
                        .hasMessageContaining("quorum");
            }
            assertThat(alone.unwritable()).isEmpty();
        }
        try (Journal first = journal("claimed");
                Journal second = journal("claimed")) {
            first.open(Optional.empty());
            second.open(Optional.empty());
            assertThatThrownBy(() -> alone().open(Optional.empty())).isInstanceOf(UserError.class);
        }
        try (Journal again = alone()) {
            again.open(Optional.empty());
        }
    }

    private static Journal alone() {
        return new PostgresJournal(server.url("claimed"), PostgresServer.USER, PostgresServer.PASSWORD, true);
    }

    @Test
    void aDatabaseThatWouldForgetIsRefused() throws Exception {
        server.execute("CREATE ROLE hasty LOGIN PASSWORD 'hasty'");
        server.execute("ALTER ROLE hasty SET synchronous_commit = off");
        assertThatThrownBy(() -> new PostgresJournal(server.url(), "hasty", "hasty", false).open(Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("synchronous_commit")
                .hasMessageContaining("turn it on");
    }

    @Test
    void aUserWhoMayNotCreateTablesIsToldWhatIsMissing() throws Exception {
        server.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'");
        assertThatThrownBy(() -> new PostgresJournal(server.url(), "guest", "guest", false).open(Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("'guest'")
                .hasMessageContaining("GRANT CREATE");
    }

    @Test
    void aWrongPasswordIsRefusedAndNotRepeated() {
        assertThatThrownBy(
                        () -> new PostgresJournal(server.url() + "?password=hush", PostgresServer.USER, "guess", false)
                                .open(Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not let user 'espalier' in")
                .hasMessageContaining("ESPALIER_JOURNAL_PASSWORD")
                .hasMessageNotContainingAny("guess", "hush");
    }

    @Test
    void aDatabaseThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> journal("nowhere").open(Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no such database")
                .hasMessageContaining("nowhere");
    }

    @Test
    void aServerThatDoesNotAnswerIsNamed() throws IOException {
        int port = FreePort.find();
        assertThatThrownBy(() -> new PostgresJournal("jdbc:postgresql://127.0.0.1:" + port + "/runs", "a", "b", false)
                        .open(Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining("127.0.0.1:" + port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"postgres://u:secret@host/runs", "host/runs", "jdbc:h2:file:/x", "jdbc:postgresql://h:x/secret"})
    void whatIsNoAddressIsRefusedAndNotRepeated(String url) {
        assertThatThrownBy(() -> new PostgresJournal(url, "a", "b", false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("jdbc:postgresql://HOST:PORT/DATABASE")
                .hasMessageNotContaining("secret");
    }

    @Test
    void theTablesMayBeCreatedAgain() throws IOException {
        Journal journal = journal("postgres");
        journal.open(Optional.empty());
        assertThatCode(() -> journal.open(Optional.empty())).doesNotThrowAnyException();
    }
}
