package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.espalier.methods.layers.LayersKeys;
import org.junit.jupiter.api.Test;

/** A rule that nothing breaks could be one that nothing can break. */
class DependenceOnAMethodTest {
    private record Command(LayersKeys keys) {}

    @Test
    void aCommandThatDependsOnAMethodIsFound() {
        JavaClasses classes = new ClassFileImporter().importClasses(Command.class);
        assertThatThrownBy(() -> ModuleArrowsTest.nobodyOutsideTheMethodsDependsOnOne.check(classes))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("LayersKeys");
    }
}
