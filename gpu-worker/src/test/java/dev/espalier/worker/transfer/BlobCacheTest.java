package dev.espalier.worker.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {
    @TempDir
    Path directory;

    private BlobFolder inside;
    private BlobCache cache;
    private int fetches;

    @BeforeEach
    void open() throws IOException {
        inside = new BlobFolder(directory);
        cache = new BlobCache(directory, 10);
    }

    @Test
    void whatIsHereIsNotFetched() throws IOException {
        BlobRef blob = cache.put(file -> Files.writeString(file, "abc"));
        assertThat(cache.verify(blob, this::never)).hasContent("abc");
        assertThat(cache.path(blob, this::never)).hasContent("abc");
    }

    @Test
    void theLeastRecentlyUsedIsDroppedAndFetchedAgainWhenNeeded() throws IOException {
        BlobRef first = put("1111", 1);
        BlobRef second = put("2222", 2);
        assertThat(cache.path(first, this::never)).exists();
        BlobRef third = put("3333", 3);
        cache.shrink();
        assertThat(inside.holds(second)).isFalse();
        assertThat(inside.holds(first)).isTrue();
        assertThat(inside.holds(third)).isTrue();
        assertThat(cache.verify(second, blobs -> {
                    fetches++;
                    blobs.put(file -> Files.writeString(file, "2222"));
                }))
                .hasContent("2222");
        assertThat(fetches).isEqualTo(1);
    }

    @Test
    void aBlobThatIsLargerThanTheWholeCacheStaysUntilTheNext() throws IOException {
        BlobRef large = put("larger than ten bytes", 1);
        cache.shrink();
        assertThat(inside.holds(large)).isTrue();
        put("next", 2);
        cache.shrink();
        assertThat(inside.holds(large)).isFalse();
    }

    @Test
    void whatOnePieceOfWorkAsksForStaysUntilItIsDoneHoweverSmallTheCache() throws IOException {
        BlobCache tiny = new BlobCache(directory, 1);
        BlobRef student = new BlobRef(Sha256.of("student".getBytes(StandardCharsets.UTF_8)), 7);
        BlobRef moments = new BlobRef(Sha256.of("moments".getBytes(StandardCharsets.UTF_8)), 7);
        tiny.shrink();
        Path first = tiny.verify(student, blobs -> blobs.put(file -> Files.writeString(file, "student")));
        Path second = tiny.verify(moments, blobs -> blobs.put(file -> Files.writeString(file, "moments")));
        tiny.put(file -> Files.writeString(file, "result"));
        assertThat(first).hasContent("student");
        assertThat(second).hasContent("moments");
        tiny.shrink();
        assertThat(first).doesNotExist();
        assertThat(second).doesNotExist();
    }

    @Test
    void whatAKilledWorkerLeftLongAgoIsDeletedAtTheStartButNoBlob() throws IOException {
        BlobRef blob = put("1111", 1);
        Path part = Files.writeString(directory.resolve("." + "ab".repeat(32) + ".part"), "half");
        Path recent = Files.writeString(directory.resolve("." + "cd".repeat(32) + ".part"), "half");
        Files.setLastModifiedTime(part, FileTime.fromMillis(System.currentTimeMillis() - 10_000_000));
        Files.setLastModifiedTime(inside.path(blob), FileTime.fromMillis(System.currentTimeMillis() - 10_000_000));
        assertThat(new BlobCache(directory, 10).path(blob, this::never)).hasContent("1111");
        assertThat(part).doesNotExist();
        assertThat(recent).exists();
    }

    @Test
    void aDamagedCopyIsFetchedAgain() throws IOException {
        BlobRef blob = put("1111", 1);
        Files.writeString(inside.path(blob), "2222");
        assertThat(cache.verify(blob, blobs -> blobs.put(file -> Files.writeString(file, "1111"))))
                .hasContent("1111");
    }

    @Test
    void aFetchThatFailsIsTheCallersToHear() {
        assertThatThrownBy(() -> cache.path(new BlobRef("ab".repeat(32), 4), blobs -> {
                    throw new IOException("line cut");
                }))
                .hasMessage("line cut");
    }

    /** The file system's clock may be too coarse for what happens within a test. */
    private BlobRef put(String content, long age) throws IOException {
        BlobRef blob = cache.put(file -> Files.writeString(file, content));
        long past = System.currentTimeMillis() - 1_000_000;
        Files.setLastModifiedTime(inside.path(blob), FileTime.fromMillis(past + 1000 * age));
        return blob;
    }

    private void never(BlobFolder blobs) {
        throw new AssertionError("fetched");
    }
}
