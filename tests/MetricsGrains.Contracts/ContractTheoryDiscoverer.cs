using Xunit.Abstractions;
using Xunit.Sdk;

namespace MetricsGrains.Contracts;

/// <summary>Found by xunit through <see cref="ContractTheoryAttribute"/>.</summary>
public sealed class ContractTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute) =>
        UnmetTestCase.For(DiagnosticMessageSink, discoveryOptions, testMethod) is { } unmet ? [unmet] : base.Discover(discoveryOptions, testMethod, theoryAttribute);
}
