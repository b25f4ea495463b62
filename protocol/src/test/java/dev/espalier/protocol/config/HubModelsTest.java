package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubModelsTest {
    private static final String COMMIT = "93efa2f097d58c2a74874c7e644dbc9b0cee75a2";

    @TempDir
    Path home;

    @Test
    void theCacheIsWhereTheHubsToolsHaveIt() throws IOException {
        for (Map<String, String> environment : List.of(
                Map.<String, String>of(),
                Map.of("XDG_CACHE_HOME", home + "/xdg"),
                Map.of("HF_HOME", home + "/hf", "XDG_CACHE_HOME", home + "/none"),
                Map.of("HF_HUB_CACHE", home + "/cache", "HF_HOME", home + "/none"),
                Map.of("HF_HUB_CACHE", " ", "HUGGINGFACE_HUB_CACHE", home + "/old"))) {
            String hub = environment.containsKey("HUGGINGFACE_HUB_CACHE")
                    ? "old"
                    : environment.containsKey("HF_HUB_CACHE")
                            ? "cache"
                            : environment.containsKey("HF_HOME")
                                    ? "hf/hub"
                                    : environment.isEmpty() ? ".cache/huggingface/hub" : "xdg/huggingface/hub";
            Path snapshot = model(home.resolve(hub), COMMIT);
            assertThat(HubModels.of(environment, home).folder("Org/Some-Model_1.5"))
                    .as(hub)
                    .contains(snapshot);
        }
    }

    @Test
    void aFolderOfThatNameComesFirst() throws IOException {
        Path snapshot = model(home.resolve(".cache/huggingface/hub"), COMMIT);
        HubModels models = HubModels.of(Map.of(), home);
        assertThat(models.located(Path.of("Org/Some-Model_1.5"))).isEqualTo(snapshot);
        assertThat(models.located(home)).isEqualTo(home);
        assertThat(models.located(Path.of("Org/Other"))).isEqualTo(Path.of("Org/Other"));
    }

    @Test
    void aFolderOfTheCacheTellsItsModelsName() throws IOException {
        Path snapshot = model(home.resolve(".cache/huggingface/hub"), COMMIT);
        assertThat(HubModels.nameOf(snapshot)).contains("Org/Some-Model_1.5");
        assertThat(HubModels.nameOf(snapshot.getParent())).isEmpty();
        assertThat(HubModels.nameOf(home.resolve("models--Org/snapshots/x"))).isEmpty();
        assertThat(HubModels.nameOf(home.resolve("mine/snapshots/x"))).isEmpty();
        assertThat(HubModels.nameOf(Path.of("/"))).isEmpty();
    }

    @Test
    void whatIsNoNameOrNoCommitIsNotFollowed() throws IOException {
        HubModels models = HubModels.of(Map.of(), home);
        model(home.resolve(".cache/huggingface/hub"), "../../../../../../etc");
        assertThat(models.folder("Org/Some-Model_1.5")).isEmpty();
        assertThat(List.of("Org", "../x", "Org/..", "/Org/Model", "Org/Model/more", "Org/a--b", "Org/", ""))
                .noneMatch(HubModels::isName);
    }

    @Test
    void saysHowAModelIsFetched() {
        assertThat(HubModels.remedy(home.resolve("HuggingFaceTB/SmolLM2-135M")).orElseThrow())
                .contains("hf download HuggingFaceTB/SmolLM2-135M");
        assertThat(HubModels.remedy(home.resolve("SmolLM2-135M"))).isEmpty();
    }

    private static Path model(Path hub, String commit) throws IOException {
        Path model = hub.resolve("models--Org--Some-Model_1.5");
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), commit + "\n");
        return Files.createDirectories(model.resolve("snapshots").resolve(COMMIT))
                .toAbsolutePath();
    }
}
