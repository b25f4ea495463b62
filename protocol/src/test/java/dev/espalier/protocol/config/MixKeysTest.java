package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixKeysTest {
    @TempDir
    private Path folder;

    @Test
    void sharesAreTheTextsWeightsUnlessToldOtherwise() throws IOException {
        assertThat(read("data.train=[\"a.txt\"]").data().mix()).isEqualTo(RunConfig.Mix.OFF);
    }

    @Test
    void domainsAreMeasuredOnTextOfTheirOwn() throws IOException {
        RunConfig config = read(
                "data.mix.kind=doremi",
                "data.train=[{path=a.txt, domain=a}, {path=b.txt, domain=b, weight=3}]",
                "data.validation=[{path=c.txt, domain=b}, {path=d.txt, domain=a}]",
                "data.mix.references=[{losses=[2.5, 1.5]}]");
        assertThat(config.data().mix().kind()).isEqualTo(RunConfig.MixKind.DOREMI);
        assertThat(config.data().mix().references())
                .extracting(RunConfig.Reference::losses)
                .containsExactly(List.of(2.5, 1.5));
        assertThat(RunConfigReader.parse(RunConfigReader.read(
                                file(), List.of("model.path=m", "data.train=[\"a.txt\"]"), Optional.of(folder))
                        .text()))
                .isNotNull();
    }

    @Test
    void whatCannotBeMeasuredOrHeldAgainstIsRefused() {
        String texts = "data.train=[{path=a.txt, domain=a}, {path=b.txt, domain=b}]";
        String heldOut = "data.validation=[{path=c.txt, domain=b}, {path=d.txt, domain=a}]";
        assertThatThrownBy(() -> read("data.mix.kind=doremi", texts))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.validation with domain = a, b");
        assertThatThrownBy(() -> read("data.mix.kind=bandit", "data.train=[\"a.txt\", \"b.txt\"]", heldOut))
                .hasMessageContaining("each with a domain of its own");
        assertThatThrownBy(() -> read("data.mix.kind=doremi", texts, heldOut, "data.mix.references=[{losses=[2]}]"))
                .hasMessageContaining("a loss for each of the 2 texts");
        assertThatThrownBy(() -> read("data.mix.kind=doremi", texts, heldOut, "data.mix.min-share=0.5"))
                .hasMessageContaining("less than 1 / 2");
        assertThatThrownBy(() -> read(
                        "data.mix.kind=doremi",
                        texts,
                        heldOut,
                        "data.mix.parameters=1e8",
                        "data.mix.references=[{parameters=1e9, losses=[3, 2]}, {parameters=2e9, losses=[2, 2]},"
                                + " {parameters=4e9, losses=[1, 1]}]"))
                .hasMessageContaining("fall on A N^-b + C");
    }

    @Test
    void aTextThatRunsOutIsLeftOutOnlyWhereTextsAreMeasured() throws IOException {
        String leaveOut = "data.mix.exhausted=leave-out";
        String texts = "data.train=[{path=a.txt, domain=a}, {path=b.txt, domain=b}]";
        assertThatThrownBy(() -> read(leaveOut, texts))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.mix.exhausted = \"leave-out\"")
                .hasMessageContaining("set data.mix.kind = constant")
                .hasMessageContaining("or repeat or fail");
        RunConfig measured = read(
                leaveOut,
                texts,
                "data.mix.kind=constant",
                "data.validation=[{path=c.txt, domain=b}, {path=d.txt, domain=a}]");
        assertThat(measured.data().mix().exhausted()).isEqualTo(RunConfig.Exhausted.LEAVE_OUT);
        assertThat(read("data.mix.exhausted=fail", texts).data().mix().isOff()).isTrue();
    }

    private Path file() throws IOException {
        return Files.writeString(folder.resolve("run.conf"), "");
    }

    private RunConfig read(String... settings) throws IOException {
        List<String> all = new ArrayList<>(List.of("model.path=m"));
        all.addAll(List.of(settings));
        return RunConfigReader.read(file(), all, Optional.of(folder)).config();
    }
}
