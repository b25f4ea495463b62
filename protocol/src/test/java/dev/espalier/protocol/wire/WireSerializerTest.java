package dev.espalier.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WireMessage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Golden bytes stand in {@code src/test/resources/wire/NAME.hex}. A difference means that old journals and other
 * nodes can no longer be read: give new fields new numbers instead of changing the file.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireSerializerTest {
    private ActorTestKit kit;
    private WireSerializer serializer;
    private Map<String, WireMessage> samples;

    @BeforeAll
    void start() throws NotSerializableException {
        kit = ActorTestKit.create("WireSerializerTest");
        serializer = (WireSerializer)
                SerializationExtension.get(Adapter.toClassic(kit.system())).serializerFor(RunStatus.class);
        // Dead letters have the same path in every run, which a probe has not.
        samples = WireSamples.all(kit.system().deadLetters());
    }

    @AfterAll
    void stop() {
        kit.shutdownTestKit();
    }

    Stream<String> names() {
        return samples.keySet().stream();
    }

    @Test
    void aListWithFewerWordsThanStagesIsRefused() {
        assertThatThrownBy(
                        () -> Stages.read(List.of(Wire.Stage.STAGE_PRUNE, Wire.Stage.STAGE_EXPORT), List.of("prune")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 stages with 1 words");
    }

    @ParameterizedTest
    @MethodSource("names")
    void bytesStayWhatTheyWere(String name) throws IOException {
        assertThat(HexFormat.of().formatHex(serializer.toBinary(samples.get(name))))
                .isEqualTo(golden(name));
    }

    @ParameterizedTest
    @MethodSource("names")
    void goldenBytesAreReadAsTheMessageTheyWere(String name) throws IOException {
        WireMessage message = samples.get(name);
        byte[] golden = HexFormat.of().parseHex(golden(name));
        assertThat(serializer.fromBinary(golden, serializer.manifest(message))).isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("names")
    void pekkoTakesTheMessageThroughThisSerializer(String name) {
        WireMessage message = samples.get(name);
        assertThat(SerializationExtension.get(Adapter.toClassic(kit.system())).findSerializerFor(message))
                .isSameAs(serializer);
        kit.serializationTestKit().verifySerialization(message, true);
    }

    @Test
    void actorReferencesArriveAsTheSameActors() {
        TestProbe<Worker.Report> probe = kit.createTestProbe();
        Worker.Assign sample = (Worker.Assign) samples.get("worker-assign.build-blob");
        Worker.Assign sent = new Worker.Assign(sample.assignment(), probe.ref());
        kit.serializationTestKit().verifySerialization(sent, true);
    }

    @Test
    void everyMessageOfTheProtocolHasASample() {
        Set<Class<?>> sampled = samples.values().stream().map(Object::getClass).collect(Collectors.toSet());
        assertThat(sampled)
                .containsAll(Stream.of(
                                Worker.Command.class,
                                Worker.Report.class,
                                RunCommand.class,
                                RunEvent.class,
                                FeedCommand.class,
                                RegisterCommand.class,
                                RegisterEvent.class)
                        .flatMap(type -> Arrays.stream(type.getPermittedSubclasses()))
                        .toList());
        assertThat(samples.values().stream().map(serializer::manifest).collect(Collectors.toSet()))
                .isEqualTo(serializer.manifests());
    }

    @Test
    void everyKindOfWorkHasASample() {
        Set<Work.Kind> sampled = samples.values().stream()
                .filter(Worker.Assign.class::isInstance)
                .map(sample -> ((Worker.Assign) sample).assignment().work().kind())
                .collect(Collectors.toSet());
        assertThat(sampled).containsExactlyInAnyOrder(Work.Kind.values());
    }

    @Test
    void whatHadAnEventOfItsOwnIsReadAsANote() throws IOException {
        BlobRef blob = new BlobRef("ab".repeat(32), 123_456_789_012L);
        assertThat(read("run-teacher-tagged")).isEqualTo(new Note("teacher", Map.of("percent", 12.0), List.of(blob)));
        assertThat(read("run-target-reached")).isEqualTo(new Note("turned", Map.of("remaining", 130.0), List.of()));
    }

    private Note read(String former) throws IOException {
        RunEvent.Noted event =
                (RunEvent.Noted) serializer.fromBinary(HexFormat.of().parseHex(golden(former)), former);
        assertThat(event.stage()).isEqualTo(Stage.PRUNE);
        return event.note();
    }

    @Test
    void aMessageOverTheLimitIsRefusedAndCounted() {
        long before = WireLimit.refused();
        RunStatus tooLarge = new RunStatus("r", "RUNNING", "x".repeat(WireLimit.MAX_BYTES));
        assertThatThrownBy(() -> serializer.toBinary(tooLarge))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run-status")
                .hasMessageContaining("reference to a blob");
        assertThat(WireLimit.refused()).isEqualTo(before + 1);
    }

    @Test
    void anUnknownManifestIsRefusedByName() {
        assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "run-exploded"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("run-exploded");
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        assertThatThrownBy(() -> serializer.fromBinary(new byte[] {(byte) 0xff, 1, 2}, "worker-done"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("worker-done");
        assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "worker-cancel"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("stage");
    }

    @Test
    void anAssignmentWithoutWorkIsRefused() {
        Assignment assignment = ((Worker.Assign) samples.get("worker-assign.build-blob")).assignment();
        byte[] bytes = Wire.WorkerAssign.newBuilder()
                .setAssignment(Works.write(assignment).toBuilder().clearWork())
                .build()
                .toByteArray();
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "worker-assign"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("without work");
    }

    private static String golden(String name) throws IOException {
        try (InputStream in = WireSerializerTest.class.getResourceAsStream("/wire/" + name + ".hex")) {
            assertThat(in).as("golden bytes of " + name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
    }
}
