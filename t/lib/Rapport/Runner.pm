# SPDX-License-Identifier: AGPL-3.0-or-later
#
# prove's own engine, driven by t/run: two files at a time, each with a bound
# on its time, first everything on the plain build, then the C and HTTP tests
# on the one with sanitizers.  At the end what was skipped and why, and a count.
package Rapport::Runner;

use strict;
use warnings;

use File::Temp ();
use TAP::Harness ();
use Time::HiRes qw(time);

my $JOBS = $ENV{RAPPORT_JOBS} || 2;
my $LIMIT = 900;		# seconds a file may take
my $MEMORY = 2 << 20;		# KiB that must be free to run in memory

# What each stage runs.
my %PICK = (
	plain => sub { 1 },
	sanitizers => sub { $_[0] =~ m{^t/(?:unit|fuzz)/|^t/[47]\d\d-} },
);

sub
main
{
	my (@stages, @only);

	push @stages, shift while @_ && $_[0] ne '--';
	shift;
	@only = map { s{\.c$}{}r } @_;
	leaks();
	short_stacks();
	my ($passed, $failed, $began, @skipped, @bad) = (0, 0, time);
	for (@stages) {
		my ($stage, $build) = split /:/;
		my @files = grep { $PICK{$stage}->($_) } @only ? @only : all();

		local $ENV{RAPPORT_BUILD} = $build;
		local $ENV{RAPPORT_STAGE} = $stage;
		print "# $stage: " . @files . " files on $build\n";
		my $total = run($stage, $build, \@skipped, @files);
		$passed += $total->passed;
		$failed += $total->failed;
		for my $file ($total->descriptions) {
			my ($p) = $total->parsers($file);
			next if !$p->has_problems;
			push @bad, "$stage: $file";
			# A file that broke off counts even if what it said was ok.
			$failed++ if !$p->failed;
		}
		push @bad, "$stage: nothing ran" and $failed++ if !@files;
	}
	my %once;
	print "# skipped: $_\n" for grep { !$once{$_}++ } @skipped;
	print "# failed: $_\n" for @bad;
	printf "# %d minutes %02d seconds\n", (time - $began) / 60, (time - $began) % 60;
	print "$passed passed, $failed failed\n";
	return $failed ? 1 : 0;
}

# Slow ones first, so that neither core waits at the end.
sub
all
{
	my @units = map { s{\.c$}{}r } grep { slurp($_) =~ /^main\(/m } glob('t/unit/*/*.c');
	my @fuzz = map { s{\.c$}{}r } grep { slurp($_) =~ /^LLVMFuzzerTestOneInput\(/m } glob('t/fuzz/*.c');
	my @files = glob('t/*.t');

	return (grep({ m{^t/[1-9]} } sort { $b cmp $a } @files), @units, @fuzz,
	    grep { m{^t/0} } @files);
}

sub
run
{
	my ($stage, $build, $skipped, @files) = @_;
	my $harness = TAP::Harness->new({
		jobs => $JOBS, timer => 1, color => 0, failures => 1, lib => [],
		exec => sub { return [command($build, $_[1])] },
	});

	$harness->callback(made_parser => sub {
		my ($parser, $job) = @_;
		my $file = ref $job->[0] ? $job->[1] : $job->[0];

		$parser->callback(test => sub {
			push @$skipped, "$file: " . $_[0]->explanation if $_[0]->has_skip;
		});
		$parser->callback(plan => sub {
			push @$skipped, "$file: all of it: " . $_[0]->explanation
			    if $_[0]->directive eq 'SKIP';
		});
	});
	return $harness->runtests(@files);
}

sub
command
{
	my ($build, $file) = @_;
	my @bound = ('timeout', '-k', '10', $LIMIT);

	unshift @bound, 'env', 'TMPDIR=' . in_memory() if in_memory() && $file =~ /\.t$/;
	return (@bound, $^X, $file) if $file =~ /\.t$/ && slurp($file) !~ /\A#!.*\bsh\b/;
	return (@bound, 'sh', $file) if $file =~ /\.t$/;
	for my $program ("$build/$file.t", "$build/$file") {
		return (@bound, $program) if -x $program;
	}
	return ('echo', "Bail out! $file.c is not in check_PROGRAMS");
}

# Servers and browsers are tried in a folder in memory where there is one: the
# store's own tests write and sync so much that on a slow disk everything else
# that touches it, an access log too, stands still for many seconds.
my $folder;
sub
in_memory
{
	return $folder if defined $folder;
	my ($free) = `df -kP /dev/shm 2>/dev/null` =~ /^tmpfs\s+\d+\s+\d+\s+(\d+)/m;

	return $folder = '' if $ENV{TMPDIR} || ($free // 0) < $MEMORY || !-w '/dev/shm';
	$folder = File::Temp::tempdir('rapport-XXXXXX', DIR => '/dev/shm', CLEANUP => 1);
	chmod 01777, $folder;
	open(my $fh, '>', "$folder/try") or return $folder = '';
	print $fh "#!/bin/sh\nexit 7\n";
	close $fh;
	chmod 0755, "$folder/try";
	return $folder = '' if system("$folder/try") >> 8 != 7;
	unlink "$folder/try";
	return $folder;
}

# Where the machine traces its processes, leaks cannot be looked for; only then
# is that part of the sanitizers off, and said so.
sub
leaks
{
	return if !-d 'build-san';
	my $said = `echo 'int main(void){return 0;}' > build-san/leak.c &&
	    gcc -fsanitize=address -o build-san/leak build-san/leak.c 2>&1 && build-san/leak 2>&1`;
	return if $said !~ /LeakSanitizer/;
	print "# leaks are not looked for: LeakSanitizer cannot run here\n";
	$ENV{ASAN_OPTIONS} = join ':', grep { length } $ENV{ASAN_OPTIONS} // '', 'detect_leaks=0';
}

# Where memory came from is told in six frames instead of thirty: to keep the
# others costs more than what is tested, and by hand they are there.
sub
short_stacks
{
	my $options = $ENV{ASAN_OPTIONS} // '';

	return if $options =~ /malloc_context_size/;
	$ENV{ASAN_OPTIONS} = join ':', grep { length } $options, 'malloc_context_size=6';
}

sub
slurp
{
	open(my $fh, '<', $_[0]) or return '';
	local $/;
	return scalar(<$fh>) // '';
}

1;
