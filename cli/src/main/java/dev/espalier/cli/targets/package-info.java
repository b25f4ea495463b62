/**
 * From what a run is to reach to the share of the prunable parameters that goes, which is what methods know
 * (docs/targets.md). {@link dev.espalier.cli.targets.Targets} asks the plan of the run what each share leads to.
 */
package dev.espalier.cli.targets;
