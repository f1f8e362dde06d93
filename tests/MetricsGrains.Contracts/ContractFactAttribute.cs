using Xunit.Sdk;

namespace MetricsGrains.Contracts;

/// <summary>A fact that is skipped when the class under test has a <see cref="RequirementAttribute"/> that is not met.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("MetricsGrains.Contracts.ContractFactDiscoverer", "MetricsGrains.Contracts")]
public sealed class ContractFactAttribute : FactAttribute;
