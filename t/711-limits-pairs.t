# SPDX-License-Identifier: AGPL-3.0-or-later
# For a limited Member, what is masked answers as a name nobody has, and who or
# what is out of bounds as what there is not, to the byte; what they are refused
# altogether; and limits hold from one request to the next.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Rapport::Test;
use Rapport::Bounds;

# ---- a masked attribute is like a name nobody has, who is beyond like nobody

sub
as_if
{
	my ($who, $route, $real, $none, $path, $body) = @_;
	my @a = map {
		my $name = $_;
		my ($p, $b) = ($path, $body ? json($body) : undef);
		$b =~ s/"into":"NAME"/"into":NAME/ if $b;	# a number
		s/NAME/$name/g for grep { defined } $p, $b;
		my $t = told(question($who, $route, $p, $b ? json($b) : undef));
		$t =~ s/\b\Q$name\E\b/NAME/g;
		$t;
	} $real, $none;
	return $a[0] eq $a[1] ? '' : "$route $path: $a[0] / $a[1]";
}
my @same_as;
for my $who ($limited, $token) {
	for my $masked (['maskplan', 'nosuchxx'], ['default_email', 'nosuch_mails']) {
		my @pair = @$masked;

		push @same_as, as_if($who, 'get', @pair, $_)
		    for "$api/users?sort=NAME", "$api/users?columns=NAME", "$api/attributes/NAME/values",
			map { "$api/users?" . f(['NAME', $_, 'x']) } map { $_->{name} } @{ $operators{ $pair[0] } };
		push @same_as, as_if($who, 'post', @pair, "$api/exports", { what => 'users', purpose => 'To see what is there', columns => 'NAME' }),
		    as_if($who, 'post', @pair, "$api/bulk", { action => 'setAttribute', attribute => 'NAME', value => 'x', f => {}, dryRun => \1 }),
		    as_if($who, 'post', @pair, "$api/users/count", { filters => [['NAME', 'isSet']] });
	}
	push @same_as, as_if($who, @$_) for
	    map({ ['get', $first_out, 999_999, "$api/users/NAME$_"] } '', '/timeline', '/chats', '/history/default_name'),
	    ['patch', $first_out, 999_999, "$api/users/NAME", { banned => \1 }],
	    ['delete', $first_out, 999_999, "$api/users/NAME"],
	    ['post', $first_out, 999_999, "$api/users/NAME/merge", { into => $first_in }],
	    ['post', $first_out, 999_999, "$api/users/$first_in/merge", { into => 'NAME' }],
	    ['post', 1, 999_999, "$api/merges/NAME/undo", {}],
	    map({ (['get', $_, 'no.such', "$api/users/$first_in/history/NAME"],
		['patch', $_, 'no.such', "$api/users/$first_in", { attributes => { NAME => 'x' } }]) } @masked);
	push @same_as, as_if($who, @$_) for
	    map({ my $s = $_; (['get', $s, 999_999, "$api/segments/NAME"],
		['patch', $s, 999_999, "$api/segments/NAME", { name => 'x' }],
		['delete', $s, 999_999, "$api/segments/NAME"],
		['post', $s, 999_999, "$api/segments/NAME/members", { add => [$first_in] }],
		['post', $s, 999_999, "$api/segments/NAME/freeze", {}],
		['get', $s, 999_999, "$api/users?" . f(['segment', 'hasAny', 'NAME'])],
		['post', $s, 999_999, "$api/bulk", { action => 'addToSegment', segment => 'NAME', f => {}, dryRun => \1 }],
		['post', $s, 999_999, "$api/exports", { what => 'users', purpose => 'To see what is there', segment => 'NAME' }]) }
		$seg{Beyond}, $seg{'Beyond ruled'}),
	    map({ my $v = $_; (map({ ['get', $v, 999_999, "$api/views/NAME$_"] } '', '/versions', '/links', '/links/2/openings'),
		['patch', $v, 999_999, "$api/views/NAME", { name => 'x' }], ['delete', $v, 999_999, "$api/views/NAME"],
		['post', $v, 999_999, "$api/views/NAME/links", {}], ['delete', $v, 999_999, "$api/views/NAME/links/2"]) }
		@view{qw(Veiled Beyond)}),
	    ['post', 'beyond-1-1', 'nobody', "$api/segments/$seg{Both}/members", { add => ['NAME'] }];
}
is join("\n", grep { $_ ne '' } @same_as), '',
    'what is masked or beyond answers as what there is not, in ' . @same_as . ' pairs';
isnt as_if($free, 'get', 'maskplan', 'nosuchxx', "$api/users?sort=NAME"), '', 'control: without limits the name is known';
isnt as_if($free, 'get', $first_out, 999_999, "$api/users/NAME"), '', 'control: so is the person';

# ---- refused routes, and nothing done

for my $who ($limited, $token) {
	is question($who, 'post', "$api/events", [{ type => 'user', userId => 'new' }])->{status}, 403, 'no events from who is limited';
	is question($who, 'get', "$api/audit")->{status}, 403, 'no audit log';
	is question($who, 'get', "$api/managers")->{status}, 403, 'nothing of Owners';
	my $me = question($who, 'get', "$api/me");
	is_deeply $me->{json}{limits}, { segments => [{ id => $seg{Inside}, name => 'Inside' }], maskedCount => 4 },
	    'they are told what they are held to';
}
is question($free, 'get', "$api/me")->{json}{limits}, undef, 'others that they are not';
is_deeply [map { my $who = $_; map { question($who, 'get', "$api/users")->{json}{total} } 1 .. 2 } $free, $limited, $token, $free],
    [(6 + @out) x 2, 6, 6, 6, 6, (6 + @out) x 2], 'six people, whoever asked the same a moment before';
is $r->request('PATCH', "$api/managers/$limited->{id}", json => { limits => { segments => [] } })->{status}, 204,
    'limited to no segment';
is question($limited, 'get', "$api/users")->{json}{total}, 0, 'nobody, from one request to the next';
is $r->request('PATCH', "$api/managers/$limited->{id}", json => { limits => undef })->{status}, 204, 'limits lifted';
is question($limited, 'get', "$api/users")->{json}{total}, 6 + @out, 'everybody';
done_testing;
