package dev.espalier.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** cli -> {coordinator, gpu-worker} -> {protocol, monitoring}, and nothing else. */
@AnalyzeClasses(packages = "dev.espalier", importOptions = DoNotIncludeTests.class)
class ModuleArrowsTest {
    private static final String CLI = "dev.espalier.cli..";
    private static final String COORDINATOR = "dev.espalier.coordinator..";
    private static final String WORKER = "dev.espalier.worker..";
    private static final String PROTOCOL = "dev.espalier.protocol..";
    private static final String MONITORING = "dev.espalier.monitoring..";
    private static final String METHODS = "dev.espalier.methods..";
    private static final String ONE_METHOD = "dev.espalier.methods.*..";
    private static final String BENCHMARKS = "dev.espalier.methods.benchmark..";
    private static final String POLICY = "dev.espalier.methods..policy..";
    private static final String WORK = "dev.espalier.methods..work..";
    private static final String DJL = "ai.djl..";
    private static final String HTTP = "org.apache.pekko.http..";

    @ArchTest
    static final ArchRule theCoordinatorDoesNotSeeTheWorkerNorTensors = noClasses()
            .that()
            .resideInAPackage(COORDINATOR)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, WORKER, DJL);

    @ArchTest
    static final ArchRule theWorkerDoesNotSeeTheCoordinator = noClasses()
            .that()
            .resideInAPackage(WORKER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, COORDINATOR);

    @ArchTest
    static final ArchRule theProtocolStandsAloneWithoutTensorsAndHttp = noClasses()
            .that()
            .resideInAPackage(PROTOCOL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, COORDINATOR, WORKER, MONITORING, DJL, HTTP);

    @ArchTest
    static final ArchRule monitoringStandsAlone = noClasses()
            .that()
            .resideInAPackage(MONITORING)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, COORDINATOR, WORKER, PROTOCOL, DJL);

    @ArchTest
    static final ArchRule commandsLeaveTensorsToTheWorker = noClasses()
            .that()
            .resideInAPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(DJL);

    @ArchTest
    static final ArchRule theEngineDoesNotSeeTheMethods = noClasses()
            .that()
            .resideInAnyPackage(PROTOCOL, MONITORING, COORDINATOR, WORKER)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(METHODS);

    /** Of the module's own root, commands know the list; the benchmarks are a user's. */
    @ArchTest
    static final ArchRule nobodyOutsideTheMethodsDependsOnOne = noClasses()
            .that()
            .resideInAnyPackage(PROTOCOL, MONITORING, COORDINATOR, WORKER, CLI)
            .should()
            .dependOnClassesThat(resideInAPackage(ONE_METHOD).and(not(resideInAPackage(BENCHMARKS))));

    @ArchTest
    static final ArchRule whatTheCoordinatorRunsOfAMethodIsFreeOfTensors = noClasses()
            .that()
            .resideInAPackage(POLICY)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(WORKER, WORK, DJL);

    @ArchTest
    static final ArchRule whatWorkersRunOfAMethodHasNoPolicy = noClasses()
            .that()
            .resideInAPackage(WORK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(COORDINATOR, POLICY)
            .allowEmptyShould(true);
}
