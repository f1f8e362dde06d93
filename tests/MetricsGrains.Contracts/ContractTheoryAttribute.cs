using Xunit.Sdk;

namespace MetricsGrains.Contracts;

/// <summary>As <see cref="ContractFactAttribute"/>, with data; skipped as one test.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("MetricsGrains.Contracts.ContractTheoryDiscoverer", "MetricsGrains.Contracts")]
public sealed class ContractTheoryAttribute : TheoryAttribute;
