package dev.espalier.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentCheckTest {
    @TempDir
    Path folder;

    private final Map<String, float[]> tensors = new TreeMap<>();
    private final Map<String, String> metadata =
            new HashMap<>(Map.of("espalier.student", "1", "masks.rows", "3", "lora.steps", "10"));
    private BlobFolder blobs;
    private BlobRef like;

    @BeforeEach
    void soundStudent() throws IOException {
        blobs = new BlobFolder(folder);
        for (String name : new String[] {"lora.0.q.a", "masks"}) {
            tensors.put(name, new float[] {1, 2, 3});
            tensors.put(name + ".first", new float[3]);
            tensors.put(name + ".second", new float[3]);
        }
        like = write();
    }

    @Test
    void aSoundStudentIsTakenAlsoAfterABlendWhichHasNoMoments() throws IOException {
        assertThat(fault()).isEmpty();
        BlobRef sound = write();
        Map<String, float[]> blend = new TreeMap<>(tensors);
        blend.keySet().removeIf(name -> name.contains("first") || name.contains("second"));
        metadata.remove("lora.steps");
        like = write(blend);
        assertThat(new StudentCheck(blobs).fault(sound, Optional.of(like), true))
                .isEmpty();
    }

    @Test
    void whatChangedIsOfTheVersionThatTrainingStartedFromAndNoVersion() throws IOException {
        StudentCheck check = new StudentCheck(blobs);
        metadata.put("espalier.delta-of", like.sha256());
        BlobRef delta = write();
        assertThat(check.faultOfDelta(delta, Optional.of(like), true)).isEmpty();
        assertThat(check.fault(delta, Optional.of(like), true))
                .hasValueSatisfying(fault -> assertThat(fault).contains("was told to be a version"));
        metadata.put("espalier.delta-of", "ab".repeat(32));
        assertThat(check.faultOfDelta(write(), Optional.of(like), true)).hasValueSatisfying(fault -> assertThat(fault)
                .contains("what changed of abab", "training started from " + like.sha256()));
        assertThat(check.faultOfDelta(delta, Optional.empty(), true))
                .hasValueSatisfying(fault -> assertThat(fault).contains("training started from none"));
        metadata.remove("espalier.delta-of");
        assertThat(check.faultOfDelta(write(), Optional.of(like), true))
                .hasValueSatisfying(fault -> assertThat(fault).contains("what changed of no version"));
    }

    @Test
    void numbersThatAreNotFiniteAreNamedAlsoInMomentsAndBeyondTheFirstPiece() throws IOException {
        tensors.put("lora.0.q.a", new float[] {1, Float.POSITIVE_INFINITY, 3});
        assertThat(fault()).hasValueSatisfying(fault -> assertThat(fault).contains("lora.0.q.a holds Infinity at 1"));
        tensors.put("lora.0.q.a", new float[] {1, 2, 3});
        tensors.put("masks.second", new float[] {0, 0, Float.NaN});
        assertThat(fault()).hasValueSatisfying(fault -> assertThat(fault).contains("masks.second holds NaN at 2"));
        float[] large = new float[(1 << 20) + 5];
        large[(1 << 20) + 3] = Float.NaN;
        tensors.put("masks.second", new float[3]);
        for (String moments : new String[] {"", ".first", ".second"}) {
            tensors.put("lora.1.q.a" + moments, new float[large.length]);
        }
        like = write();
        tensors.put("lora.1.q.a", large);
        assertThat(fault()).hasValueSatisfying(fault -> assertThat(fault).contains("lora.1.q.a holds NaN at 1048579"));
    }

    @Test
    void tensorsThatAreMissingUnknownOrOfAnotherShapeAreNamed() throws IOException {
        tensors.remove("masks.first");
        assertThat(fault()).contains("the worker returned a bad student: tensor masks.first is missing");
        tensors.put("masks.first", new float[2]);
        assertThat(fault())
                .contains("the worker returned a bad student: tensor masks.first has another shape than masks");
        tensors.keySet().removeIf(name -> name.startsWith("masks"));
        assertThat(fault()).contains("the worker returned a bad student: it has no tensor masks");
        assertThat(new StudentCheck(blobs).fault(write(), Optional.of(like), false))
                .contains("the worker returned a bad student: tensor masks is missing");
        for (String moments : new String[] {"", ".first", ".second"}) {
            tensors.put("masks" + moments, new float[2]);
        }
        assertThat(fault())
                .contains("the worker returned a bad student: tensor masks has the shape [2] instead of [3]");
        for (String moments : new String[] {"", ".first", ".second"}) {
            tensors.put("masks" + moments, new float[3]);
            tensors.put("other" + moments, new float[3]);
        }
        assertThat(fault()).contains("the worker returned a bad student: tensor other is none of the run's");
    }

    @Test
    void metadataThatTrainingCouldNotGoOnWithIsNamed() throws IOException {
        metadata.put("masks.rows", "2,1");
        assertThat(fault()).hasValueSatisfying(fault -> assertThat(fault).contains("masks.rows=2,1"));
        metadata.put("lora.steps", "many");
        assertThat(fault()).contains("the worker returned a bad student: its lora.steps is no number of steps");
        metadata.remove("espalier.student");
        assertThat(fault()).contains("the worker returned a bad student: the file is no student");
    }

    @Test
    void aFileThatIsMissingDamagedOrNoSafetensorsIsNamedAndADamagedOneDeleted() throws IOException {
        BlobRef missing = new BlobRef("ab".repeat(32), 5);
        assertThat(fault(missing)).hasValueSatisfying(fault -> assertThat(fault).contains("not there", "abab"));
        assertThat(fault(blobs.put(file -> Files.writeString(file, "no safetensors"))))
                .hasValueSatisfying(fault -> assertThat(fault).contains("cannot be read"));
        tensors.put("masks", new float[] {4, 5, 6});
        BlobRef flipped = write();
        byte[] content = Files.readAllBytes(blobs.path(flipped));
        content[content.length - 1] ^= 1;
        Files.write(blobs.path(flipped), content);
        assertThat(fault(flipped)).hasValueSatisfying(fault -> assertThat(fault).contains("not what its hash says"));
        assertThat(blobs.holds(flipped)).isFalse();
        BlobRef longer = new BlobRef(like.sha256(), like.bytes() + 1);
        assertThat(fault(longer)).hasValueSatisfying(fault -> assertThat(fault).contains("bytes long instead of"));
    }

    @Test
    void aVersionOfOursThatIsMissingIsNotTheWorkersFault() {
        like = new BlobRef("cd".repeat(32), 5);
        assertThatThrownBy(this::fault).isInstanceOf(IOException.class).hasMessageContaining("training started from");
    }

    private Optional<String> fault() throws IOException {
        return fault(write());
    }

    private Optional<String> fault(BlobRef student) throws IOException {
        return new StudentCheck(blobs).fault(student, Optional.of(like), true);
    }

    private BlobRef write() throws IOException {
        return write(tensors);
    }

    private BlobRef write(Map<String, float[]> values) throws IOException {
        Map<String, long[]> shapes = new TreeMap<>();
        values.forEach((name, content) -> shapes.put(name, new long[] {content.length}));
        return blobs.put(file -> {
            try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
                values.forEach(writer::add);
                writer.finish();
            }
        });
    }
}
