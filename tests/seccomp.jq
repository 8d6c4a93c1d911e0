# The engines' default profile (containers-common) as an OCI linux.seccomp object, for x86_64 and without extra capabilities.
def here: . == "amd64" or . == "x86";
{
	defaultAction,
	defaultErrnoRet,
	architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	syscalls: [
		.syscalls[]
		| select((.includes.caps // []) == [] and (.includes.minKernel // "") == "")
		| select((.includes.arches // []) == [] or any(.includes.arches[]; here))
		| select(any((.excludes.arches // [])[]; here) | not)
		| { names, action, args: ((.args // []) | map({ index, value, valueTwo, op } | del(.[] | nulls))), errnoRet }
		| del(.[] | nulls)
	]
}
